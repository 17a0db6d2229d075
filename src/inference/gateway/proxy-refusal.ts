import type { ServerResponse } from 'node:http';
import type { Destination } from './allowed-hosts.ts';

/** What a client of the proxy is told instead of an answer of the host. */
export interface Refusal {
  readonly status: 400 | 403 | 502 | 504;
  readonly sentence: string;
}

export const malformed = refused(
  400,
  'A forward proxy is asked for host:port (CONNECT) or for a whole http:// URL.',
);

export function refused(status: Refusal['status'], sentence: string): Refusal {
  return { status, sentence: `evalrun: ${sentence}\n` };
}

export function nameOf({ host, port }: Destination): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const reasons = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway', 504: 'Gateway Timeout' } as const;

export function answer(response: ServerResponse, { status, sentence }: Refusal): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(sentence);
}

export function rawAnswer({ status, sentence }: Refusal): string {
  const head = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    'content-type: text/plain',
    `content-length: ${Buffer.byteLength(sentence)}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${sentence}`;
}
