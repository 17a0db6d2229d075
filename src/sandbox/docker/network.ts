import type { NetworkPolicy } from '../../domain/task.ts';
import type { Reach } from '../sandbox.ts';

/** With `gateway` and `allowlist` there is no network device either: the way out is the sidecar's loopback port. */
export function networkModeOf(policy: NetworkPolicy): 'none' | 'bridge' {
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

/**
 * What commands find with an allow-list: the gateway's forward proxy, whatever the task says. Given to each
 * command and not to the container, whose variables stay when its network changes.
 */
export function proxyEnv(policy: NetworkPolicy, reach: Reach | undefined): Record<string, string> {
  return policy === 'allowlist' && reach !== undefined ? proxyVariables(reach.port) : {};
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
