export { parseJson } from './body.js';
export { refuseExpectation, refuseUnreadable } from './broken-requests.js';
export { createHttpApp, type HttpAppOptions } from './create-http-app.js';
export { preferredLanguage } from './language.js';
export { underVersion1 } from './public-paths.js';
export { toProblem, PROBLEM_TYPE, type Problem } from './problem.js';
export { refusal } from './refusal.js';
export { listRoutes, type Route } from './routes.js';
export { StrictValidationPipe, toFaults } from './validation.js';
