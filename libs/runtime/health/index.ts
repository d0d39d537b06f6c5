export { Probes, type Probe } from './probes.js';
