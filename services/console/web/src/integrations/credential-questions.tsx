/** What admins ask before they give a credential away. */
export const CredentialQuestions = () => (
  <section className="stack tight" aria-labelledby="credential-questions">
    <h2 id="credential-questions">About credentials</h2>
    <details>
      <summary>How are the providers’ credentials kept?</summary>
      <p>
        Encrypted, each under a key of its own, and nobody is shown one again. One is opened in the gateway’s
        memory alone, when a call needs it.
      </p>
    </details>
    <details>
      <summary>How are they linked to what developers call?</summary>
      <p>
        By ids that are made at random, apart from the credential. Nothing of it can be worked out from an id,
        a slug or a key.
      </p>
    </details>
  </section>
);
