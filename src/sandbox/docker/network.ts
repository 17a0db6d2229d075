import type { NetworkPolicy } from '../../domain/task.ts';
import type { StartOptions } from '../sandbox.ts';

/** With `gateway` and `allowlist` there is no network device either: the way out is the sidecar's loopback port. */
export function networkModeOf(policy: NetworkPolicy): string {
  switch (policy) {
    case 'none':
    case 'gateway':
    case 'allowlist':
      return 'none';
    case 'public':
      return 'bridge';
    default:
      return policy satisfies never;
  }
}

/** What every process of the container finds; with an allow-list the gateway's forward proxy, whatever the task says. */
export function containerEnv({ network, reach, env }: StartOptions): string[] {
  const proxy = network === 'allowlist' && reach !== undefined ? proxyVariables(reach.port) : {};
  return Object.entries({ ...env, ...proxy }).map(([name, value]) => `${name}=${value}`);
}

/** Programs disagree on the case: curl reads http_proxy in lower case only. */
function proxyVariables(port: number): Record<string, string> {
  const url = `http://127.0.0.1:${port}`;
  const here = '127.0.0.1,localhost';
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    http_proxy: url,
    https_proxy: url,
    NO_PROXY: here,
    no_proxy: here,
  };
}
