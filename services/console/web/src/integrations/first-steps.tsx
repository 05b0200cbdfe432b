/** For whoever has connected nothing yet. */
export const FirstSteps = () => (
  <section className="panel stack tight" aria-labelledby="first-steps">
    <h2 id="first-steps">Your first integration</h2>
    <ol className="steps">
      <li>Find a provider under All, and press Connect.</li>
      <li>
        Give the integration a name, a slug, and the provider's credential. It is sealed at once, and no one
        is shown it again; it is opened in the gateway's memory, for the call alone.
      </li>
      <li>Choose which workspaces have it, and what each may spend.</li>
      <li>
        Choose the models, and create it. Developers call them as @slug/model with their workspace's key.
      </li>
    </ol>
    <p className="quiet">
      To workspaces it is what a virtual key is elsewhere; here the organization has it once for all of them.
    </p>
  </section>
);
