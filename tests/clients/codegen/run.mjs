// GraphQL Code Generator over schema.graphql, then tsc --strict over its types and a use of them.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '@graphql-codegen/cli';
import { assert, run } from '../checks.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const config = JSON.parse(fs.readFileSync(path.join(here, 'codegen.json'), 'utf8'));
const tsc = path.join(here, '..', 'node_modules', 'typescript', 'bin', 'tsc');

await run({
  async 'types are generated for every operation'() {
    process.chdir(here);
    const [made] = await generate({ ...config, cwd: here, silent: true }, true);
    assert.match(made.content, /export type SearchQuery = /);
    assert.doesNotMatch(made.content, /: any;/);
  },
  'tsc --strict accepts the types and their use'() {
    try {
      execFileSync(process.execPath, [tsc, '-p', here], { stdio: 'pipe' });
    } catch (error) {
      assert.fail(String(error.stdout));
    }
  },
});
