/** Whether more of a measure is better. Guessed from its name where nobody says so; null where the name tells nothing. Pure. */

const lowerIsBetter =
  /(^|_)(toxic\w*|hallucinat\w*|error\w*|fail\w*|harm\w*|bias\w*|risk\w*|violation\w*|pii|latency|duration|cost\w*|tokens|refus\w*|unsafe|irrelevan\w*|incorrect\w*)(_|$)/;
const higherIsBetter =
  /(^|_)(faithful\w*|correct\w*|relevan\w*|ground\w*|accura\w*|quality|helpful\w*|safe\w*|score|pass\w*|success\w*|complet\w*|coheren\w*|fluen\w*|clarity|recall|precision|f1|similarity|satisf\w*|adheren\w*|sufficien\w*)(_|$)/;

/** @param measure name of a column without `metric_`, or of a fixed measure */
export function isHigherBetter(measure: string): boolean | null {
  const name = measure.toLowerCase();
  if (lowerIsBetter.test(name)) return false;
  return higherIsBetter.test(name) ? true : null;
}
