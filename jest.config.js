// Three tiers by file name: .spec (pure), .int.spec (PostgreSQL, Kafka), .e2e.spec (HTTP, browser).
const shared = {
  rootDir: import.meta.dirname,
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      swcrc: false, sourceMaps: 'inline', module: { type: 'es6' },
      jsc: {
        target: 'es2023', keepClassNames: true, parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      },
    }],
  },
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons', 'source'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFiles: ['reflect-metadata'],
};
export default {
  coverageProvider: 'v8',
  maxWorkers: 2,
  workerIdleMemoryLimit: '400MB',
  testTimeout: 20_000, // several start servers, and machines differ by more than twice
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{contracts,libs,services,bench,scripts,deploy}/**/*.spec.ts', '<rootDir>/architecture.spec.ts'], testPathIgnorePatterns: ['\\.(int|e2e)\\.spec\\.ts$', '/node_modules/'] },
    { ...shared, displayName: 'int', testMatch: ['<rootDir>/{contracts,libs,services,bench,scripts,deploy}/**/*.int.spec.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/{contracts,libs,services,bench,scripts,deploy}/**/*.e2e.spec.ts'] },
  ],
};
