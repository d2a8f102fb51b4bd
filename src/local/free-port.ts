/** Free TCP ports on the loopback interface. Imports Node only. */
import { createServer, type AddressInfo, type Server } from 'node:net';

/**
 * `count` different ports that were free a moment ago: all are held open until the last one is known. Between this
 * call and their use another process may take one, so a server that fails to bind is started again on another.
 */
export async function freePorts(count: number): Promise<number[]> {
  const probes = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map(closeProbe));
  return ports;
}

/** One port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** True where nobody listens on it at the moment. */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    await closeProbe(await listen(port));
    return true;
  } catch {
    // Taken, or not allowed: either way it cannot be used now.
    return false;
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, '127.0.0.1', () => resolve(probe));
  });
}

function closeProbe(probe: Server): Promise<void> {
  return new Promise((resolve, reject) => probe.close((error) => (error ? reject(error) : resolve())));
}
