/** One line a life event. */
export { birthBundle as birth } from './birth.bundle.js';
