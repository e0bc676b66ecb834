// Reads JSON lines {name, card} from standard input and validates each card against the types of @microsoft/teams.cards.
// First it proves on broken copies that the schema refuses what it should.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';
import Ajv from 'ajv';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const schema = createGenerator({
  path: here('card.ts'), tsconfig: here('tsconfig.json'), type: 'Card', expose: 'all', skipTypeCheck: true, additionalProperties: false,
}).createSchema('Card');
const validate = new Ajv({ strict: false, allErrors: false }).compile(schema);

const text = { type: 'TextBlock', text: 'x', wrap: true };
const card = (...body) => ({ type: 'AdaptiveCard', version: '1.5', body });
const refused = [
  card({ ...text, size: 'Huge' }), card({ ...text, unknown: 1 }), card({ type: 'Marquee' }), card({ type: 'TextBlock' }),
  card({ type: 'Chart.Pie', data: [{ legend: 'x', value: '1' }] }), { ...card(text), refresh: { userIds: '29:x' } },
  card({ type: 'ActionSet', actions: [{ type: 'Action.Http', title: 'x' }] }),
];
if (!validate(card(text)) || refused.some((broken) => validate(broken))) {
  console.error('the schema does not tell good cards from broken ones');
  process.exit(1);
}

let checked = 0, failed = 0;
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const { name, card } = JSON.parse(line);
  checked += 1;
  if (!validate(card)) {
    failed += 1;
    const deepest = validate.errors.reduce((a, b) => (b.instancePath.length > a.instancePath.length ? b : a));
    console.error(`${name}: ${deepest.instancePath} ${deepest.message} ${JSON.stringify(deepest.params)}`);
  }
}
console.log(`${checked} cards checked against Microsoft's types, ${failed} failed`);
process.exit(failed || checked === 0 ? 1 : 0);
