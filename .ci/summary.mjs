/** Sums vitest's JSON report into the line `N passed, N failed`; where CI is set, a test that was skipped has failed: nothing real was tested. */
import { existsSync, readFileSync } from 'node:fs';

const [file, status] = process.argv.slice(2);
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { numPassedTests: 0, numFailedTests: 0, testResults: [] };

const tests = report.testResults.flatMap((suite) => suite.assertionResults);
const skipped = process.env.CI ? tests.filter((test) => test.status !== 'passed' && test.status !== 'failed') : [];
for (const test of skipped) console.error(`skipped, so failed: ${test.fullName}`);
/** A file that could not even be loaded has no test to blame. */
const broken = report.testResults.filter(
  (suite) => suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed'),
);
for (const suite of broken) console.error(`failed as a whole: ${suite.name}\n${suite.message}`);

const counted = report.numFailedTests + skipped.length + broken.length;
// Whatever went wrong outside the tests (a build, an unhandled error) is a failure too.
const failed = counted === 0 && status !== '0' ? 1 : counted;
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
