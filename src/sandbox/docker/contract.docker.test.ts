import { afterAll, beforeAll } from 'vitest';
import { createTestKit, type DockerTestKit } from '../../testing/docker-test-kit.ts';
import { testSandboxContract } from '../testing/sandbox-contract.ts';

let kit: DockerTestKit;

beforeAll(async () => {
  kit = await createTestKit();
});
afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

testSandboxContract('the Docker sandbox', (options) => kit.start(options));
