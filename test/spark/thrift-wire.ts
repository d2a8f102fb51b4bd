/**
 * The little of Apache Thrift that the test front needs: answering one call, and one connection to Spark. It uses the
 * classes that `@databricks/sql` ships, through types of its own, since neither package declares them.
 */
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';

/** A request or answer; fields are named as in Hive's TCLIService.thrift plus Databricks' extensions. */
export type Message = Record<string, unknown>;
type Callback = (error: Error | null, answer?: Message) => void;

interface Protocol {
  readMessageBegin(): { fname: string; mtype: number; rseqid: number };
}
interface TransportClass {
  new (buffer: undefined, onFlush: (bytes: Buffer) => void): object;
  receiver(onData: (reader: object) => void): (bytes: Buffer) => void;
}
interface ThriftRuntime {
  TBufferedTransport: TransportClass;
  TBinaryProtocol: new (transport: object) => Protocol;
}
interface GeneratedClient {
  _reqs: Record<number, Callback>;
  seqid(): number;
  [member: string]: unknown;
}
interface GeneratedService {
  Client: new (transport: object, protocol: ThriftRuntime['TBinaryProtocol']) => GeneratedClient;
  Processor: new (handler: object) => { process(input: Protocol, output: Protocol): void };
}

const driverRequire = createRequire(createRequire(import.meta.url).resolve('@databricks/sql'));
const { TBufferedTransport, TBinaryProtocol } = driverRequire('thrift') as ThriftRuntime;
const service = driverRequire('../thrift/TCLIService') as GeneratedService;
export const messages = driverRequire('../thrift/TCLIService_types') as Record<
  string,
  new (fields: Message) => Message
>;

/** Every call of the service. */
const methods = Object.keys(service.Processor.prototype as object)
  .filter((name) => name.startsWith('process_'))
  .map((name) => name.slice('process_'.length));

export type Handler = (method: string, request: Message) => Promise<Message>;

/** Answers one call given as bytes. A handler that rejects becomes an exception of the protocol. */
export function answerCall(call: Buffer, handler: Handler): Promise<Buffer> {
  return new Promise((resolve) => {
    const target = Object.fromEntries(
      methods.map((method) => [method, (request: Message) => handler(method, request)]),
    );
    const output = new TBinaryProtocol(new TBufferedTransport(undefined, resolve));
    TBufferedTransport.receiver((reader) => {
      new service.Processor(target).process(new TBinaryProtocol(reader), output);
    })(call);
  });
}

/** The connection to Spark ended before the answer came. */
export class SparkGone extends Error {
  override readonly name = 'SparkGone';
}

/** One TCP connection to Spark. Spark closes a session when the connection that opened it closes. */
export class SparkConnection {
  readonly #socket: Socket;
  readonly #client: GeneratedClient;
  #received: Buffer[] = [];
  #bytes = 0;
  #triedBytes = 0;
  #idle: NodeJS.Timeout | undefined;
  #pending: Callback | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isGone = false;

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const transport = new TBufferedTransport(undefined, (bytes) => this.#socket.write(bytes));
    this.#client = new service.Client(transport, TBinaryProtocol);
    this.#socket.on('data', (bytes) => this.#onData(bytes));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.#isGone = true;
      this.#settle(new SparkGone('Spark closed the connection'));
    });
  }

  /** One call; calls on one connection wait for each other. @throws SparkGone */
  call(method: string, request: Message): Promise<Message> {
    const result = this.#turn.then(() => this.#callNow(method, request));
    this.#turn = result.catch(() => {});
    return result;
  }

  close(): void {
    this.#socket.destroy();
  }

  #callNow(method: string, request: Message): Promise<Message> {
    return new Promise((resolve, reject) => {
      if (this.#isGone) {
        reject(new SparkGone('Spark is not there'));
        return;
      }
      this.#pending = (error, answer) => (error ? reject(error) : resolve(answer ?? {}));
      this.#received = [];
      this.#bytes = this.#triedBytes = 0;
      (this.#client[method] as (request: Message, callback: Callback) => void)(request, () => {});
    });
  }

  /** Answers have no length in front: parsing is tried when the bytes have doubled or the line is quiet. */
  #onData(bytes: Buffer): void {
    this.#received.push(bytes);
    this.#bytes += bytes.length;
    clearTimeout(this.#idle);
    if (this.#bytes >= 2 * this.#triedBytes) this.#tryAnswer();
    else this.#idle = setTimeout(() => this.#tryAnswer(), 2);
  }

  #tryAnswer(): void {
    this.#triedBytes = this.#bytes;
    TBufferedTransport.receiver((reader) => {
      const protocol = new TBinaryProtocol(reader);
      try {
        const { fname, mtype, rseqid } = protocol.readMessageBegin();
        this.#client._reqs[rseqid] = (error, answer) => this.#settle(error, answer);
        (this.#client[`recv_${fname}`] as (p: Protocol, type: number, id: number) => void)(protocol, mtype, rseqid);
      } catch (error) {
        if ((error as Error).name !== 'InputBufferUnderrunError') this.#settle(error as Error);
      }
    })(Buffer.concat(this.#received));
  }

  #settle(error: Error | null, answer?: Message): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.(error, answer);
  }
}
