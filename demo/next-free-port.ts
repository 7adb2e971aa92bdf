const longestSearch = 20

/** Starts at the requested port or, while that is taken, at the next; 0 takes any. Rejects as the last try did. */
export async function atNextFreePort<Started>(
  port: number,
  start: (port: number) => Promise<Started>,
): Promise<Started> {
  for (let candidate = port; ; candidate++) {
    try {
      return await start(candidate)
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || candidate === port + longestSearch) throw error
    }
  }
}
