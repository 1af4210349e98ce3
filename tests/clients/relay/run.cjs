// relay-compiler over schema.graphql, then relay-runtime with the artifacts against the server.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const runtime = require('relay-runtime');
const { relay } = require('../snippets/relay.cjs');

const here = __dirname;
const generated = path.join(here, '__generated__');
const artifact = (name) => {
  const made = require(path.join(generated, `${name}.graphql.js`));
  return made.default ?? made;
};

const environment = (key) => relay(process.env.API, key);

async function fetched(env, name, variables) {
  return runtime.fetchQuery(env, artifact(name), variables).toPromise();
}

function read(env, name, variables) {
  const request = runtime.getRequest(artifact(name));
  const operation = runtime.createOperationDescriptor(request, variables);
  return env.lookup(operation.fragment).data;
}

function pointer(env, fragment, owner) {
  const selector = runtime.getSingularSelector(artifact(fragment), owner);
  return env.lookup(selector).data;
}

(async () => {
  const { assert, run } = await import('../checks.mjs');
  const complaints = [];
  for (const level of ['warn', 'error']) console[level] = (...told) => complaints.push(told.join(' '));
  await run({
    'the compiler takes the schema and the app'() {
      fs.rmSync(generated, { recursive: true, force: true });
      fs.mkdirSync(generated);
      execFileSync(process.execPath, [require.resolve('relay-compiler/cli.js'), 'relay.config.json'], {
        cwd: here, stdio: 'pipe',
      });
    },
    async 'a connection grows page by page'() {
      const env = environment();
      const total = Number(process.env.PRODUCTS);
      await fetched(env, 'appSearchQuery', { market: 'FR' });
      const first = pointer(env, 'app_results', read(env, 'appSearchQuery', { market: 'FR' }));
      assert.equal(first.search.edges.length, 5);
      let page = first.search;
      while (page.pageInfo.hasNextPage) {
        await fetched(env, 'appResultsPageQuery', { market: 'FR', count: 5, cursor: page.pageInfo.endCursor });
        page = pointer(env, 'app_results', read(env, 'appSearchQuery', { market: 'FR' })).search;
      }
      const ids = page.edges.map((edge) => edge.node.product.id);
      assert.equal(page.totalCount, total);
      assert.equal(new Set(ids).size, total);
      assert.equal(ids.length, total);
    },
    async 'a fragment is refetched by its node'() {
      const env = environment();
      await fetched(env, 'appSearchQuery', { market: 'FR' });
      const results = pointer(env, 'app_results', read(env, 'appSearchQuery', { market: 'FR' }));
      const { product } = results.search.edges.find((e) => e.node.product.slug === process.env.SLUG).node;
      const before = pointer(env, 'app_offers', product);
      await fetched(env, 'appOffersRefetchQuery', { id: product.id });
      const again = read(env, 'appOffersRefetchQuery', { id: product.id });
      assert.ok(before.variants.length > 0);
      assert.deepEqual(pointer(env, 'app_offers', again.node), before);
    },
    async 'every offer of a listing is a node'() {
      const env = environment();
      const variables = { market: 'FR', slug: process.env.SLUG };
      await fetched(env, 'appListingQuery', variables);
      const { listing } = read(env, 'appListingQuery', variables);
      assert.ok(listing.offers.edges.length > 1);
      for (const { node } of listing.offers.edges) {
        const offer = pointer(env, 'app_offer', node);
        await fetched(env, 'appNodeQuery', { id: offer.id });
        const same = read(env, 'appNodeQuery', { id: offer.id }).node;
        assert.equal(same.__typename, 'Offer');
        assert.deepEqual(pointer(env, 'app_offer', same.offer).merchant, offer.merchant);
      }
    },
    async 'results and offers live in one store'() {
      const env = environment();
      await fetched(env, 'appSearchQuery', { market: 'FR' });
      await fetched(env, 'appListingQuery', { market: 'FR', slug: process.env.SLUG });
      const results = pointer(env, 'app_results', read(env, 'appSearchQuery', { market: 'FR' }));
      assert.ok(results.search.edges.every((edge) => edge.node.featuredOffer === null || edge.node.featuredOffer.total));
    },
    async 'a mutation answers with a problem of its union'() {
      const env = environment(process.env.API_KEY);
      const input = { runId: process.env.RUN, idempotencyKey: 'relay' };
      const told = await new Promise((resolve, reject) => {
        runtime.commitMutation(env, {
          mutation: artifact('appApplyMutation'), variables: { input }, onCompleted: resolve, onError: reject,
        });
      });
      assert.equal(told.applyFeedRun.code, 'INVALID_TRANSITION');
    },
    'the runtime complains of nothing'() {
      assert.deepEqual(complaints, []);
    },
  });
})();
