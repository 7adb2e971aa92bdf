/** The command that runs a world again. `option`: of its kind. */
export function replayOf(seed: number, option: string): string {
  return `replay: npm run simulate --${option} --seeds 1 --from ${seed} --trace`
}
