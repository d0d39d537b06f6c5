import type { TracingOptions } from './open-telemetry.js';

export { carriedBy, carry, currentTrace, inTrace, isTracing, openSpan, traced, type OpenSpan } from './tracing.js';

/** Loads OpenTelemetry only where spans are wanted; answers how to end. */
export const startTracing = async (options: TracingOptions): Promise<() => Promise<void>> => (await import('./open-telemetry.js')).startOpenTelemetry(options);
