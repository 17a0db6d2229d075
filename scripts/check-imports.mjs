// The import order of docs/architecture.md: strictly downwards, folders of one level do not know each other,
// no circles. Type-only imports of an interface file are free.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const root = join(import.meta.dirname, '..');

/** From the top down; what stands on one line does not know each other. */
const levels = [
  ['cli.ts'],
  ['commands'],
  ['trials'],
  ['suites', 'agents', 'verifiers', 'reports', 'machine'],
  ['datasets', 'sandbox', 'inference', 'results', 'scheduler', 'statistics', 'progress'],
  ['domain'],
  ['lib'],
];
const interfaceFiles =
  '^src/(sandbox/sandbox|agents/agent|verifiers/verifier|datasets/dataset|inference/client|scheduler/run-all|progress/progress)\\.ts$';

function pathOf(name) {
  return name.endsWith('.ts') ? `^src/${name.replace('.', '\\.')}$` : `^src/${name}/`;
}

function rules() {
  return levels.flatMap((names, level) =>
    names.map((name) => {
      const above = levels.slice(0, level).flat();
      const beside = names.filter((other) => other !== name);
      return {
        name: `${name}-imports-downwards`,
        severity: 'error',
        from: { path: pathOf(name), pathNot: '\\.test\\.ts$|/testing/' },
        to: { path: [...above, ...beside].map(pathOf), pathNot: interfaceFiles },
      };
    }),
  );
}

const forbidden = [
  ...rules().filter(({ to }) => to.path.length > 0),
  // Interface files are free for types only.
  {
    name: 'interfaces-are-imported-as-types',
    severity: 'error',
    from: { path: '^src/([^/]+)/', pathNot: '\\.test\\.ts$|/testing/|^src/(commands|trials)/' },
    to: { path: interfaceFiles, pathNot: '^src/$1/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-circles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'only-tests-import-testing',
    severity: 'error',
    from: { pathNot: '\\.test\\.ts$|/testing/|fixture' },
    to: { path: '/testing/' },
  },
  {
    name: 'only-sandbox-docker-and-machine-talk-to-the-engine',
    severity: 'error',
    from: { pathNot: '^src/(sandbox/docker|machine)/|\\.test\\.ts$' },
    to: { path: 'node_modules/dockerode' },
  },
];

/**
 * Cruises a folder that holds `src/` and returns the violations as lines. Throws when fewer modules were
 * cruised than there are files, which is how a cruiser that cannot read the language fails: silently.
 */
export async function checkImports(folder = root) {
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { output } = await cruise(
      ['src'],
      {
        ruleSet: { forbidden },
        validate: true,
        tsPreCompilationDeps: true,
        doNotFollow: { path: 'node_modules' },
        enhancedResolveOptions: {
          extensions: ['.ts', '.tsx', '.js', '.json'],
          conditionNames: ['import', 'node', 'types'],
        },
        tsConfig: { fileName: join(root, 'tsconfig.json') },
      },
      undefined,
      { tsConfig: extractTSConfig(join(root, 'tsconfig.json')) },
    );
    const files = readdirSync(resolve('src'), { recursive: true }).filter((name) =>
      /\.tsx?$/.test(name),
    ).length;
    const cruised = output.modules.filter(({ source }) => source.startsWith('src/')).length;
    if (cruised < files) throw new Error(`only ${cruised} of ${files} modules were cruised`);
    return output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
  } finally {
    process.chdir(before);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = await checkImports();
  for (const violation of violations) console.error(violation);
  console.log(violations.length === 0 ? 'imports: in order' : `imports: ${violations.length} violations`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
