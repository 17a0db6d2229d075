type Environment = Record<string, string | undefined>;

/** Names under which people keep keys; npm's own are left to npm, which asks private registries with them. */
const secretName = /(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$/i;
const programsOwn = new Set(['NPM_TOKEN', 'NODE_AUTH_TOKEN']);

function isSecret(name: string): boolean {
  return secretName.test(name) && !programsOwn.has(name);
}

/** The environment for programs that are started from here: none of them is given a key. */
export function withoutSecrets<T extends Readonly<Environment>>(env: T): T {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSecret(name))) as T; // only fewer entries
}

/** A copy of the environment, whose secrets are then taken out of the original, so that no child inherits them. */
export function takeEnvironment(env: Environment): Readonly<Environment> {
  const copy = { ...env };
  for (const name of Object.keys(env)) if (isSecret(name)) delete env[name];
  return copy;
}
