import { z } from 'zod';
import { armSchema } from './arm.ts';
import { interventionEntrySchema } from './intervention.ts';

export const runSchemaVersion = 1;

const pricesSchema = z.object({
  inputPerMillion: z.number(),
  cachedInputPerMillion: z.number(),
  outputPerMillion: z.number(),
  source: z.string(),
});

const limitsSchema = z.object({
  agentTimeoutSec: z.number().positive().optional(),
  verifierTimeoutSec: z.number().positive().optional(),
  commandTimeoutSec: z.number().positive(),
  maxTurns: z.number().int().positive(),
  maxTokens: z.number().int().positive().optional(),
  timeoutMultiplier: z.number().positive(),
  maxTries: z.number().int().positive(),
});
export type Limits = z.infer<typeof limitsSchema>;

const resourcesSchema = z.object({
  cpus: z.number().positive().optional(),
  memoryMb: z.number().int().positive().optional(),
  pids: z.number().int().positive().optional(),
  network: z.enum(['none', 'public', 'gateway', 'allowlist']).optional(),
});
export type Resources = z.infer<typeof resourcesSchema>;

const differencesSchema = z.object({
  /** Requests that were answered from the recording, and those of them that were not to the letter as recorded. */
  requests: z.number().int(),
  differing: z.number().int(),
  /** Differing texts: tool-output, instruction, answer, ids, times, settings. */
  byKind: z.record(z.string(), z.number().int()),
  /** Recorded requests that did not come. */
  notAskedFor: z.number().int(),
  /** The first few, from a little before the place where the texts part. */
  samples: z.array(
    z.object({
      trialId: z.string(),
      /** Number of the exchange in the recorded try. */
      request: z.number().int(),
      kind: z.string(),
      where: z.string(),
      recorded: z.string(),
      asked: z.string(),
    }),
  ),
});

/** Where the models' answers came from, when no model was asked; see docs/cassettes.md. */
const replaySchema = z.object({
  folder: z.string(),
  /** The run that was recorded. */
  recordedRun: z.string(),
  recordedAt: z.string(),
  timeScale: z.number().nonnegative(),
  strict: z.boolean(),
  /** Written at the end. */
  differences: differencesSchema.optional(),
});

const budgetSchema = z.object({
  usd: z.number().positive().optional(),
  /** Input and output together. */
  tokens: z.number().int().positive().optional(),
});

const spendingSchema = z.object({
  tokens: z.number().int(),
  /** Absent where a model without prices took part. */
  usd: z.number().optional(),
  /** Whether some of it was estimated, because a provider did not count or an answer was stopped. */
  estimated: z.boolean(),
});

const paceSchema = z.object({
  changes: z.array(
    z.object({
      provider: z.string(),
      /** Microseconds on the monotonic clock. */
      atUs: z.number().int(),
      concurrency: z.number().int(),
      reason: z.enum(['start', 'grew', 'overloaded']),
    }),
  ),
  /** Older changes that are not kept. */
  leftOut: z.number().int(),
});

/** What every run says of itself, measured here or brought from elsewhere. */
const runFactsSchema = z.object({
  schemaVersion: z.literal(runSchemaVersion),
  runId: z.string(),
  /** What the simulator let go wrong (`--fault`). */
  faults: z.array(z.string()).optional(),
  state: z.enum(['running', 'finished', 'interrupted', 'failed']),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  simulated: z.boolean(),
  replay: replaySchema.optional(),
  /** Folder that the models' answers are recorded to. */
  record: z.object({ folder: z.string() }).optional(),
  suite: z.object({
    name: z.string(),
    title: z.string(),
    path: z.string(),
    hash: z.string(),
  }),
  datasets: z.array(
    z.object({
      name: z.string(),
      format: z.string(),
      folder: z.string(),
      title: z.string().optional(),
      version: z.string().optional(),
      hash: z.string(),
      images: z.enum(['pull', 'build']).optional(),
    }),
  ),
  tasks: z.array(z.object({ id: z.string(), dataset: z.string(), hash: z.string() })),
  /** As the suite gives them, the folder `changed` by its absolute path. */
  interventions: z.array(interventionEntrySchema).optional(),
  /** Tasks that cannot run here and were left out knowingly (`--skip-refused`). */
  leftOut: z.array(z.object({ id: z.string(), reason: z.string() })),
  arms: z.array(armSchema),
  models: z.array(
    z.object({
      alias: z.string(),
      provider: z.string(),
      baseUrl: z.string().optional(),
      model: z.string(),
      transport: z.string().optional(),
      effort: z.string().optional(),
      style: z.string().optional(),
      contextTokens: z.number().optional(),
      prices: pricesSchema.optional(),
      simulated: z.boolean(),
      /** The simulator's figures with their sources, where it answered. */
      simulation: z.unknown().optional(),
    }),
  ),
  agents: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      /** What it was told beside a task, where it takes something. */
      settings: z
        .object({
          command: z.string().optional(),
          mounts: z
            .array(z.object({ hostFolder: z.string(), path: z.string() }))
            .readonly()
            .optional(),
        })
        .optional(),
    }),
  ),
  attempts: z.number().int().positive(),
  evalrun: z.object({ version: z.string(), commit: z.string().optional() }),
});
/** Enough for a report; whether it was measured here is told by `imported`. */
export type RunFacts = z.infer<typeof runFactsSchema>;

/** run.json: what was asked and where it ran. Written first, rewritten by rename. */
export const runSchema = runFactsSchema.extend({
  startedAt: z.string(),
  /** Times at which it was resumed, and what was changed then. */
  resumed: z.array(z.object({ at: z.string(), changes: z.array(z.string()) })),
  seed: z.number().int(),
  jobs: z.number().int().positive(),
  limits: limitsSchema,
  resources: resourcesSchema,
  imageMap: z.array(z.object({ from: z.string(), to: z.string(), standIn: z.boolean() })),
  /** Digests of the images that trials ran in, by task. */
  images: z.record(z.string(), z.object({ name: z.string(), digest: z.string() })),
  host: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryBytes: z.number(),
    kernel: z.string(),
    node: z.string(),
    engine: z.string(),
  }),
  /** Names of allowed host variables (`--allow-host-env`). */
  hostEnvAllowed: z.boolean(),
  /** What it may cost (`--budget-usd`, `--budget-tokens`). */
  budget: budgetSchema.optional(),
  /** What its requests have taken, those before it was resumed included; written at the end. */
  spending: spendingSchema.optional(),
  /** Why it stands as interrupted. */
  endedBy: z.enum(['interrupt', 'budget']).optional(),
  /** How the adaptive number of requests at a time went since it was started or resumed; written at the end. */
  pace: paceSchema.optional(),
});
export type Run = z.infer<typeof runSchema>;

/** run.json of results that another system measured; what that system does not tell is absent. */
export const importedRunSchema = runFactsSchema.extend({
  imported: z.object({
    /** harbor, swe-bench-pro, swe-bench or terminal-bench-1. */
    system: z.string(),
    at: z.string(),
    /** File or folder that it was read from, without its parents. */
    source: z.string(),
    notes: z.array(z.string()),
  }),
});
export type ImportedRun = z.infer<typeof importedRunSchema>;
