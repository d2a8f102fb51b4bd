/** Reads certificates where they are needed. Part of src/wiring. Nothing of a private key gets into an error. */
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { TraceliftError } from '../errors/index.js';

/** Text of a file with certificate authorities. @param setting its path in the configuration @throws ConfigInvalid */
export async function readCaFile(setting: string, path: string): Promise<string> {
  const pem = await readPem(setting, path);
  if (!opens({ ca: pem }) || !pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw invalid(setting, `${path} holds no certificate in PEM form`);
  }
  return pem;
}

/** Text of a file with a client certificate and its key. @throws ConfigInvalid */
export async function readClientCertFile(setting: string, path: string): Promise<string> {
  const pem = await readPem(setting, path);
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw invalid(setting, `${path} holds no certificate in PEM form`);
  if (!pem.includes('PRIVATE KEY-----'))
    throw invalid(setting, `${path} holds no private key; put it into the same file`);
  if (pem.includes('ENCRYPTED')) throw invalid(setting, `the private key in ${path} is encrypted`);
  if (!opens({ cert: pem, key: pem }))
    throw invalid(setting, `certificate and private key in ${path} do not belong together`);
  return pem;
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw invalid(setting, `${path} cannot be read (${reason})`, error);
  }
}

/** Messages of OpenSSL tell nothing that helps, and may tell too much. */
function opens(options: Parameters<typeof createSecureContext>[0]): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

function invalid(setting: string, problem: string, cause?: unknown): TraceliftError {
  return new TraceliftError('ConfigInvalid', { problems: `setting ${setting}: ${problem}` }, { cause });
}
