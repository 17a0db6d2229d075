import { exited, FakeEngine } from '../../testing/fake-sandbox.ts';
import { testSandboxContract } from './sandbox-contract.ts';

const engine = new FakeEngine({ command: () => exited(3, 'out\n', 'err\n') });
const { signal } = new AbortController();

testSandboxContract('the fake', async (options = {}) => {
  const image = await engine.prepareImage({ kind: 'prebuilt', name: 'image' }, { signal });
  const common = {
    image,
    runId: 'run',
    trialId: 'trial',
    role: 'agent',
    network: 'none',
    env: {},
    signal,
  } as const;
  return engine.start({ ...common, ...options });
});
