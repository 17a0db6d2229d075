import { EvalrunError } from '../../domain/errors.ts';

/** The program that measured results belong to; a new one is a new row of results, never a silent change. */
export const codexVersion = '0.169.0';

export interface CodexPackage {
  /** As it is installed: Codex's own alias for the platform's package. */
  readonly alias: string;
  readonly version: string;
  /** Of the tarball; npm compares it before it unpacks. */
  readonly integrity: string;
  /** Folder below `vendor/` that holds the static binary. */
  readonly target: string;
}

const packages: Readonly<Record<string, CodexPackage>> = {
  'linux-x64': {
    alias: '@openai/codex-linux-x64',
    version: `${codexVersion}-linux-x64`,
    integrity:
      'sha512-o05NyAOCDygSPRo1yinzxvkRSdmsZyBD9E7mbpmjRanSfM8lypqWtQgEo4XfNkwhuCR2aFu8mlGOsQGFXVbVww==',
    target: 'x86_64-unknown-linux-musl',
  },
  'linux-arm64': {
    alias: '@openai/codex-linux-arm64',
    version: `${codexVersion}-linux-arm64`,
    integrity:
      'sha512-NZ/DaQUpcQmxmqee7Z9uC1rzw3GhSbooawcaTe1LN5Yk+WlinUKGdTXJgClRT/9ogQEEM9TWxYzvxPfj5G/xFg==',
    target: 'aarch64-unknown-linux-musl',
  },
};

/** Containers share the host's kernel and architecture, so the host's package is theirs. */
export function codexPackageFor(platform: string, arch: string): CodexPackage {
  const found = packages[`${platform}-${arch}`];
  if (found !== undefined) return found;
  throw new EvalrunError(
    `agent codex: there is no Codex ${codexVersion} for ${platform}-${arch}; it runs on ${Object.keys(packages).join(' and ')}`,
    { code: 'refused', facts: { platform, arch } },
  );
}
