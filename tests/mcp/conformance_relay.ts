/** What the conformance suite starts as the client: hands the scenario to the test that runs ward. */
const [home = "", url = ""] = Deno.args;
const response = await fetch(home, {
  method: "POST",
  body: JSON.stringify({
    url,
    scenario: Deno.env.get("MCP_CONFORMANCE_SCENARIO"),
    context: JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "null"),
  }),
});
await Deno.stderr.write(new TextEncoder().encode(await response.text()));
Deno.exit(response.ok ? 0 : 1);
