// A reporter that says at the very end what failed and why, in a few lines:
// where only the end of a long log is kept, the reason is in it.

const escapes = /\u001b\[[0-9;]*m/g;

export default class LastWords {
  #failed = [];

  onTestEnd(test, result) {
    if (result.status === 'passed' || result.status === 'skipped') return;
    this.#failed.push({ test, name: test.titlePath().filter(Boolean).join(' › '), result });
  }

  onEnd() {
    for (const { test, name, result } of this.#failed) {
      const how = test.outcome() === 'flaky' ? 'PASSED ONLY THE SECOND TIME' : 'FAILED';
      console.log(`\n${how} (${result.status} after ${Math.round(result.duration / 1000)} s): ${name}`);
      const step = deepest(result.steps);
      if (step) console.log(`  in: ${step}`);
      for (const { message = '', stack = '' } of result.errors) {
        for (const line of message.replace(escapes, '').split('\n').slice(0, 14)) console.log(`  ${line.slice(0, 300)}`);
        for (const line of stack.split('\n').filter((l) => /e2e\/(tests|support)/.test(l)).slice(0, 4)) console.log(`  ${line.trim()}`);
      }
    }
  }

  printsToStdio() {
    return true;
  }
}

// deepest names the chain of steps that ended in the fault.
function deepest(steps) {
  const bad = steps.find((step) => step.error);
  if (!bad) return '';
  const inner = deepest(bad.steps);
  return inner ? `${bad.title} › ${inner}` : bad.title;
}
