/** Settings of whoever runs the tests must not reach the servers under test. */
export function withoutSettings(): NodeJS.ProcessEnv {
  // The build tools are none of a server's.
  const isForeign = (name: string) => /^(HUBBUB|LEPTOS)_/.test(name) && name !== "HUBBUB_TOOLS";
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)));
}
