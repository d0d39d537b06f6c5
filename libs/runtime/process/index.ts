export { runOne, type ServiceProcess } from './run-one.js';
