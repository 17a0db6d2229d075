// JSON Schemas of every stored file, generated from the schemas that the program itself checks with.
// `npm run schemas` writes them to docs/schemas/; a test holds them equal.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { latencyDocumentSchema } from '../src/domain/latency-document.ts';
import { storedTestsSchema } from '../src/domain/outcome.ts';
import { trialRecordSchema } from '../src/domain/record.ts';
import { requestRecordSchema } from '../src/domain/request-record.ts';
import { runSchema } from '../src/domain/run.ts';
import { storedSpanSchema } from '../src/domain/span.ts';
import {
  cassetteLineSchema,
  cassetteSchema,
  recordedTrySchema,
} from '../src/inference/cassettes/cassette-schema.ts';
import { baselineSchema } from '../src/reports/gate/baseline-file.ts';
import { gateResultSchema } from '../src/reports/gate/gate-result.ts';
import { reportDocumentSchema } from '../src/reports/report-document.ts';
import { configFileSchema, modelsFileSchema, suiteFileSchema } from '../src/suites/suite-schema.ts';

const schemas: Readonly<Record<string, z.ZodType>> = {
  'run.schema.json': runSchema,
  'trials-line.schema.json': trialRecordSchema,
  'requests-line.schema.json': requestRecordSchema,
  'spans-line.schema.json': storedSpanSchema,
  'tests.schema.json': storedTestsSchema,
  'latency.schema.json': latencyDocumentSchema,
  'report.schema.json': reportDocumentSchema,
  'cassette.schema.json': cassetteSchema,
  'cassette-tries-line.schema.json': recordedTrySchema,
  'cassette-exchanges-line.schema.json': cassetteLineSchema,
  'gate.schema.json': gateResultSchema,
  'baseline.schema.json': baselineSchema,
  'suite.schema.json': suiteFileSchema,
  'models.schema.json': modelsFileSchema,
  'evalrun-config.schema.json': configFileSchema,
};

/** File name to text. */
export function storedSchemas(): Map<string, string> {
  const texts = Object.entries(schemas).map(([name, schema]): [string, string] => [
    name,
    `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`,
  ]);
  return new Map(texts);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(import.meta.dirname, '../docs/schemas');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of storedSchemas()) writeFileSync(join(folder, name), text);
}
