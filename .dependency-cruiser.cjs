// The arrows of the house (docs/adr/0001). architecture.spec.ts plants one violation per rule and sees it refused.
const LIBS = ['kernel', 'tracing', 'config', 'persistence', 'event-log', 'doors', 'transports', 'runtime', 'pages', 'testing'];
const specs = '\\.(spec|conformance)\\.ts$';
const only = (name, packages, allowed) => ({
  name, severity: 'error',
  from: { pathNot: [...allowed, specs, '^libs/testing/', '^bench/'] },
  to: { path: packages.map((p) => `(^|/)node_modules/${p}/`) },
});
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'contracts-import-nothing-of-ours', severity: 'error', from: { path: '^contracts/', pathNot: specs }, to: { path: '^(libs|services|bench)/' } },
    ...LIBS.map((lib, i) => ({
      name: `libs-${lib}-only-downwards`, severity: 'error',
      from: { path: `^libs/${lib}/`, pathNot: specs }, to: { path: `^libs/(${LIBS.slice(i + 1).join('|') || 'none'})/` },
    })),
    { name: 'libs-never-import-services', severity: 'error', from: { path: '^libs/', pathNot: specs }, to: { path: '^services/' } },
    { name: 'kernel-imports-nothing', severity: 'error', from: { path: '^libs/kernel/', pathNot: specs }, to: { path: '^(contracts|libs/(?!kernel/)|services)/' } },
    { name: 'a-service-never-imports-a-service', severity: 'error', from: { path: '^services/([^/]+)/', pathNot: '^services/all-in-one/' }, to: { path: '^services/', pathNot: '^services/$1/' } },
    { name: 'all-in-one-through-front-doors', severity: 'error', from: { path: '^services/all-in-one/' }, to: { path: '^services/(?!all-in-one/)', pathNot: '^services/[^/]+/index\\.ts$' } },
    { name: 'domain-is-pure', severity: 'error', from: { path: '^services/[^/]+/domain/', pathNot: specs }, to: { pathNot: '^(services/[^/]+/domain/|contracts/|libs/kernel/)', dependencyTypesNot: ['core'] } },
    { name: 'testing-is-for-tests', severity: 'error', from: { path: '^(contracts|libs|services)/', pathNot: [specs, '^libs/testing/'] }, to: { path: '^libs/testing/' } },
    { name: 'sandbox-knows-only-the-agency-contract', severity: 'error', from: { path: '^services/sandbox/', pathNot: specs }, to: { path: '^(contracts|libs/(?!(kernel|config|runtime)/))' } },
    { name: 'controllers-import-dtos-by-value', severity: 'error', from: { path: '\\.controller\\.ts$' }, to: { path: '\\.dto\\.ts$', dependencyTypes: ['type-only'] } },
    only('sql-has-its-rooms', ['typeorm', 'pg', '@nestjs/typeorm', '@types/pg'], ['^libs/persistence/', '^libs/event-log/postgres/', '^services/[^/]+/store/']),
    only('kafka-has-its-rooms', ['kafkajs'], ['^libs/event-log/kafka/', '^libs/transports/kafka/', '^services/subscriptions/', '^services/sandbox/exchange/']),
    only('opentelemetry-has-its-room', ['@opentelemetry/[^/]+'], ['^libs/tracing/']),
    only('swagger-has-its-room', ['@nestjs/swagger'], ['^libs/runtime/(described|openapi)\\.ts$']),
    only('jose-has-its-rooms', ['jose'], ['^libs/runtime/auth/', '^libs/doors/', '^libs/transports/', '^services/consent/receipts/', '^services/subscriptions/signing/', '^services/sandbox/']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|bench/peers)/' },
    tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
