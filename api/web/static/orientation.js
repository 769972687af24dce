/* Le chemin marche sans ce script : il complète ce qu'on écrit, lit à voix haute, garde une réponse hors ligne et efface une borne. */
(() => {
  "use strict";
  const { body } = document;
  const { mode, debut } = body.dataset;
  document.documentElement.classList.add("script");

  for (const champ of document.querySelectorAll("input[data-complete]")) azimutCompleter(champ, { delai: 250, lieux: ["commune", "arrondissement", "departement"] });

  /* Lire l'écran à voix haute, par le navigateur : rien n'est envoyé. */
  const bouton = document.querySelector(".ecouter");
  const voix = self.speechSynthesis;
  if (bouton && voix) {
    bouton.hidden = false;
    const fin = () => { bouton.textContent = bouton.dataset.ecouter; bouton.setAttribute("aria-pressed", "false"); };
    bouton.addEventListener("click", () => {
      if (voix.speaking) { voix.cancel(); return fin(); }
      const lus = document.querySelectorAll("main h1, main .erreur, main .chapeau, main h2, main h3, main p:not(.etat-reseau), main label, main dt, main dd, main li, main form button");
      const texte = [...lus].filter(e => e.offsetParent && !e.closest("details:not([open])") && !e.querySelector("p, h3, dt, li, label, button")).map(e => e.innerText.trim()).filter(Boolean).map(t => /[.!?:…]$/.test(t) ? t : `${t}.`).join(" ");
      const parole = new SpeechSynthesisUtterance(texte);
      parole.lang = "fr-FR";
      parole.rate = .95;
      parole.onend = parole.onerror = fin;
      bouton.textContent = bouton.dataset.arreter;
      bouton.setAttribute("aria-pressed", "true");
      voix.speak(parole);
    });
    addEventListener("pagehide", () => voix.cancel());
  }

  const imprimer = document.querySelector(".imprimer");
  if (imprimer) { imprimer.hidden = false; imprimer.addEventListener("click", () => print()); }

  /* Hors ligne, la réponse reste sur l'écran et part dès que le réseau revient, trente secondes durant. */
  const etat = document.querySelector(".etat-reseau");
  let gardee, fin;
  addEventListener("submit", e => {
    if (navigator.onLine) return;
    e.preventDefault();
    gardee = [e.target, e.submitter];
    etat.textContent = etat.dataset.horsLigne;
    clearTimeout(fin);
    fin = setTimeout(() => { gardee = undefined; etat.textContent = etat.dataset.fini; }, 30000);
  });
  addEventListener("online", () => {
    if (!gardee) return;
    const [formulaire, envoi] = gardee;
    gardee = undefined;
    clearTimeout(fin);
    etat.textContent = "";
    formulaire.requestSubmit(envoi || undefined);
  });

  /* Sur une borne, quatre-vingt-dix secondes sans geste effacent tout ; l'écran prévient vingt secondes avant. */
  if (mode === "borne") {
    let repos, avis;
    const relancer = () => {
      clearTimeout(avis);
      clearTimeout(repos);
      if (etat.textContent === etat.dataset.bientot) etat.textContent = "";
      avis = setTimeout(() => { etat.textContent = etat.dataset.bientot; }, 70000);
      repos = setTimeout(() => location.replace(debut), 90000);
    };
    for (const geste of ["pointerdown", "keydown", "scroll", "input"]) addEventListener(geste, relancer, { passive: true, capture: true });
    relancer();
  }
})();
