/** A plain relay from a Unix socket to a port: what copying bytes through a process costs at the least. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argumentOf, serveParent } from './children.ts';

const { port } = argumentOf<{ port: number }>();
const folder = mkdtempSync(join(tmpdir(), 'evalrun-relay-'));
const socketPath = join(folder, 'relay.sock');
const server = createServer((client) => {
  const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
  client.pipe(upstream);
  upstream.pipe(client);
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
});
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
server.listen(socketPath, () => serveParent({ socketPath }, async () => ({})));
