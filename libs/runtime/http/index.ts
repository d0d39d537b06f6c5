export { createHttpApp, type HttpAppOptions } from './create-http-app.js';
export { preferredLanguage } from './language.js';
export { toProblem, PROBLEM_TYPE, type Problem } from './problem.js';
export { refusal } from './refusal.js';
export { listRoutes, type Route } from './routes.js';
export { StrictValidationPipe, toFaults } from './validation.js';
