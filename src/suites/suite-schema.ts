/**
 * What a suite file and models.yaml may say. Strict: an unknown key is a typo, and the message names the
 * file and the path of the key.
 */
import { z } from 'zod';
import { interventionEntrySchema } from '../domain/intervention.ts';

const positive = z.number().positive();

const datasetChoiceSchema = z
  .strictObject({
    /** Folder, relative to the suite file. */
    path: z.string().optional(),
    /** Name of a public dataset brought by `evalrun dataset pull`. */
    pulled: z.string().optional(),
    format: z.string().optional(),
    tasks: z.array(z.string()).optional(),
    exclude: z.array(z.string()).optional(),
    limit: z.number().int().positive().optional(),
  })
  .refine((choice) => (choice.path === undefined) !== (choice.pulled === undefined), {
    message: 'give exactly one of "path" and "pulled"',
  });
export type DatasetChoice = z.infer<typeof datasetChoiceSchema>;

export const suiteFileSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'use lower-case letters, digits, dots and dashes'),
  title: z.string(),
  datasets: z.array(datasetChoiceSchema).min(1),
  agent: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  model: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  /** How the user steps in; a task that stands here is run with its interventions only. */
  interventions: z.array(interventionEntrySchema).min(1).optional(),
  attempts: z.number().int().positive().optional(),
  jobs: z.number().int().positive().optional(),
  seed: z.number().int().nonnegative().optional(),
  limits: z
    .strictObject({
      agentTimeoutSec: positive.optional(),
      verifierTimeoutSec: positive.optional(),
      commandTimeoutSec: positive.optional(),
      maxTurns: z.number().int().positive().optional(),
      maxTokens: z.number().int().positive().optional(),
      maxTries: z.number().int().positive().optional(),
    })
    .optional(),
  resources: z
    .strictObject({
      cpus: positive.optional(),
      memoryMb: z.number().int().positive().optional(),
      pids: z.number().int().positive().optional(),
      network: z.enum(['none', 'gateway', 'allowlist', 'public']).optional(),
    })
    .optional(),
});
export type SuiteFile = z.infer<typeof suiteFileSchema>;

const figureSchema = z.strictObject({ value: z.number(), source: z.string() });

export const transportShortNames = {
  websocket: 'responses-websocket',
  sse: 'responses-sse',
  chat: 'chat-sse',
} as const;

const modelEntrySchema = z.strictObject({
  title: z.string().optional(),
  provider: z.string(),
  model: z.string(),
  transport: z.enum(['websocket', 'sse', 'chat']),
  effort: z.string().optional(),
  style: z.enum(['light', 'thorough']),
  contextTokens: z.number().int().positive(),
  maxOutputTokens: z.number().int().positive().optional(),
  /** Longest silence within an answer; default: 300. A model that thinks unseen for longer needs more. */
  stallTimeoutSec: positive.optional(),
  /** Whether it takes `response.steer` over a WebSocket; default: no. */
  canSteer: z.boolean().optional(),
  prices: z
    .strictObject({
      inputPerMillion: z.number().nonnegative(),
      cachedInputPerMillion: z.number().nonnegative(),
      outputPerMillion: z.number().nonnegative(),
      source: z.string(),
    })
    .optional(),
  simulation: z
    .strictObject({
      tokensPerSecond: figureSchema,
      ttftMedianMs: figureSchema,
      ttftSigma: figureSchema,
      roundTripOverheadMs: figureSchema,
      successRate: z.record(z.string(), figureSchema).refine((rates) => rates['default'] !== undefined, {
        message: 'a "default" rate is needed for tasks without a difficulty',
      }),
    })
    .optional(),
});
export type ModelEntry = z.infer<typeof modelEntrySchema>;

const providerEntrySchema = z.strictObject({
  kind: z.enum(['openai', 'simulated']),
  baseUrl: z.url().optional(),
  apiKeyEnv: z.string().optional(),
  limits: z
    .strictObject({
      requestsPerMinute: z.number().int().positive().optional(),
      /** Input and output together. */
      tokensPerMinute: z.number().int().positive().optional(),
      maxConcurrency: z.number().int().positive().optional(),
    })
    .optional(),
  /** How a request that failed is tried again; default: 6 attempts, waits that double from 1 s to 60 s. */
  retry: z
    .strictObject({
      maxAttempts: z.number().int().positive().optional(),
      firstWaitSec: positive.optional(),
      longestWaitSec: positive.optional(),
    })
    .optional(),
});

export const modelsFileSchema = z.strictObject({
  providers: z.record(z.string(), providerEntrySchema),
  models: z.record(z.string(), modelEntrySchema),
});
export type ModelsFile = z.infer<typeof modelsFileSchema>;

/** evalrun.yaml in the working directory: defaults of a user or a company. */
export const configFileSchema = z.strictObject({
  imageMap: z.record(z.string(), z.string()).optional(),
  diskBudgetGb: positive.optional(),
  provider: z.string().optional(),
  jobs: z.number().int().positive().optional(),
  results: z.string().optional(),
  reports: z.string().optional(),
  providers: modelsFileSchema.shape.providers.optional(),
  models: modelsFileSchema.shape.models.optional(),
});
export type ConfigFile = z.infer<typeof configFileSchema>;
