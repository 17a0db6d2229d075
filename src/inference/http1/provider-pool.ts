import net from 'node:net';
import tls from 'node:tls';
import { type Exchange, ProviderConnection, type Sent } from './provider-connection.ts';

/** Kept connections to providers, of one trial alone. */
export class ProviderPool {
  readonly #idle = new Map<string, ProviderConnection[]>();
  readonly #open = new Set<ProviderConnection>();
  readonly #sessions = new Map<string, Buffer>();

  /** On a kept connection it is written at once; else it goes out when there is one. */
  send(url: URL, sent: Sent): Exchange {
    const connection = this.#kept(url.origin) ?? this.#connect(url);
    return connection.send(sent);
  }

  close(): void {
    for (const connection of this.#open) connection.close();
  }

  /** The one used last: the others may have grown too old. */
  #kept(origin: string): ProviderConnection | undefined {
    const idle = this.#idle.get(origin) ?? [];
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (connection.isUsable) return connection;
      connection.destroy();
    }
    return undefined;
  }

  #connect(url: URL): ProviderConnection {
    const { origin } = url;
    const connection = new ProviderConnection({
      socket: this.#socketTo(url),
      isSecure: url.protocol === 'https:',
      onIdle: () => {
        const idle = this.#idle.get(origin) ?? [];
        this.#idle.set(origin, idle);
        idle.push(connection);
      },
      onClosed: () => {
        this.#open.delete(connection);
        const idle = this.#idle.get(origin) ?? [];
        const at = idle.indexOf(connection);
        if (at !== -1) idle.splice(at, 1);
      },
    });
    this.#open.add(connection);
    return connection;
  }

  #socketTo({ protocol, hostname, port, origin }: URL): net.Socket {
    const host = hostname.replace(/^\[|\]$/g, ''); // as URL writes an IPv6 address
    if (protocol !== 'https:') return net.connect({ host, port: Number(port || 80), noDelay: true });
    const session = this.#sessions.get(origin);
    const socket = tls.connect({
      host,
      port: Number(port || 443),
      ALPNProtocols: ['http/1.1'],
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ...(session === undefined ? {} : { session }),
    });
    socket.setNoDelay(true);
    socket.on('session', (ticket) => this.#sessions.set(origin, ticket));
    return socket;
  }
}
