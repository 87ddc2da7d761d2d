/** Who may import whom: the architecture's law, as `npm run check` and test/architecture.spec.ts enforce it. */

/** Folders of adapters, named after what they talk to. */
const ADAPTERS = 'memory|sqlite|mongo|kubernetes|local|memcached|ldap|oauth';
const TESTS = '\\.(spec|contract)\\.tsx?$|^test/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Modules that need each other are one module, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'unresolvable',
      comment: 'An import that leads nowhere fails when it runs.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(virtual:|\\0)|\\.css$|\\?' },
    },
    {
      name: 'libs-never-import-apps',
      comment: 'Apps are transport: what a lib needs belongs into a lib.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|test)/' },
    },
    {
      name: 'apps-never-import-tests',
      severity: 'error',
      from: { path: '^apps/', pathNot: TESTS },
      to: { path: '^test/' },
    },
    {
      name: 'libs-by-their-index-only',
      comment: 'What another lib may use is what its index.ts shows.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/', pathNot: TESTS },
      to: { path: '^libs/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'apps-use-libs-by-their-index-only',
      severity: 'error',
      from: { path: '^apps/', pathNot: TESTS },
      to: { path: '^libs/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'libs-by-their-name-only',
      comment: 'A relative path out of a lib hides the dependency: import #libs/<name>.',
      severity: 'error',
      from: { path: '^(libs/[^/]+|apps)/', pathNot: TESTS },
      to: { path: '^libs/', pathNot: '^$1/', dependencyTypesNot: ['aliased-subpath-import', 'aliased'] },
    },
    {
      name: 'apps-stand-alone',
      comment: 'Only apps/standalone composes others, by their index.ts.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: ['^apps/standalone/', TESTS] },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'standalone-composes-by-index',
      severity: 'error',
      from: { path: '^apps/standalone/src/', pathNot: TESTS },
      to: { path: '^apps/', pathNot: ['^apps/standalone/', '^apps/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'only-modules-pick-adapters',
      comment: 'Everything else knows the port alone.',
      severity: 'error',
      from: { pathNot: [`^libs/[^/]+/src/(${ADAPTERS})/`, '\\.module\\.ts$', TESTS] },
      to: { path: `^libs/[^/]+/src/(${ADAPTERS})/` },
    },
    {
      name: 'adapters-know-only-their-own',
      severity: 'error',
      from: { path: `^(libs/[^/]+/src/(?:${ADAPTERS}))/`, pathNot: TESTS },
      to: { path: `^libs/[^/]+/src/(${ADAPTERS})/`, pathNot: '^$1/' },
    },
    {
      name: 'pure-files-stay-pure',
      comment: 'Deciders, plans, events and manifests take time, ids and everything else as data.',
      severity: 'error',
      from: { path: '\\.(decider|plan|events|manifest)\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'commands-are-data',
      comment: "A command may say what its answer is, with @nestjs/cqrs' class Command; it can do nothing.",
      severity: 'error',
      from: { path: '\\.commands\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'], pathNot: '/@nestjs/cqrs/' },
    },
    {
      name: 'the-agent-knows-no-runtime',
      comment: 'The same agent is a child process today and the entry point of a pod tomorrow.',
      severity: 'error',
      from: { path: '^(libs/display|apps/agent)/', pathNot: TESTS },
      to: { path: '^libs/(runtime|desktops|event-sourcing|identity|catalogue|progress|preferences)/' },
    },
    {
      name: 'no-development-packages-in-the-product',
      comment: 'What runs in production is listed in dependencies. The website and the agent are bundled.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: ['^apps/(website|console|agent)/', '^libs/display/', TESTS, '^apps/[^/]+/(start/|rolldown\\.config)'],
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json'],
    },
  },
};
