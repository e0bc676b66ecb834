// Reads JSON lines {name, blocks} from standard input and validates each block against @slack/types' KnownBlock.
// Slack's types have no data_visualization yet; those blocks are checked by tests/slack_blocks.py alone.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createGenerator } from 'ts-json-schema-generator';
import Ajv from 'ajv';

const path = createRequire(import.meta.url).resolve('@slack/types').replace(/index\.js$/, 'index.d.ts');
const schema = createGenerator({ path, type: 'KnownBlock', skipTypeCheck: true, additionalProperties: false }).createSchema('KnownBlock');
const validate = new Ajv({ strict: false, allErrors: false }).compile(schema);

let checked = 0, failed = 0;
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const { name, blocks } = JSON.parse(line);
  for (const block of blocks) {
    if (block.type === 'data_visualization') continue;
    checked += 1;
    if (!validate(block)) {
      failed += 1;
      const deepest = validate.errors.reduce((a, b) => (b.instancePath.length > a.instancePath.length ? b : a));
      console.error(`${name}: ${block.type} ${deepest.instancePath} ${deepest.message}`);
    }
  }
}
console.log(`${checked} blocks checked against Slack's types, ${failed} failed`);
process.exit(failed || checked === 0 ? 1 : 0);
