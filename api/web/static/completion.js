/* Compléter un champ, sur le chemin du citoyen comme dans l'espace conseiller. */
(() => {
  "use strict";

  /* Compléter une commune, un métier, un diplôme : une liste à parcourir aux flèches, jamais imposée. */
  const chercher = async (nature, debut, signal, sortes) => {
    const lieux = nature === "territoires";
    const adresse = `/api/v1/${lieux ? "territoires" : "suggestions"}?limite=6&q=${encodeURIComponent(debut)}${lieux ? "" : `&nature=${nature}`}`;
    const reponse = await fetch(adresse, { signal });
    if (!reponse.ok) return [];
    const lu = await reponse.json();
    return lieux ? lu.territoires.filter(l => sortes.includes(l.nature)).map(l => l.libelle) : lu.suggestions.map(s => s.trouve);
  };
  self.azimutCompleter = (champ, { delai, lieux }) => {
    const liste = document.createElement("ul");
    liste.className = "suggestions";
    liste.id = `${champ.id}-suggestions`;
    liste.setAttribute("role", "listbox");
    liste.setAttribute("aria-label", champ.labels[0].textContent);
    champ.after(liste);
    for (const [nom, valeur] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", liste.id], ["aria-expanded", "false"]]) champ.setAttribute(nom, valeur);
    let actif = -1, demande, attente;
    const options = () => [...liste.children];
    const fermer = () => { liste.replaceChildren(); actif = -1; champ.setAttribute("aria-expanded", "false"); champ.removeAttribute("aria-activedescendant"); };
    const choisir = option => { champ.value = option.textContent; fermer(); champ.focus(); };
    const montrer = noms => {
      fermer();
      liste.replaceChildren(...[...new Set(noms)].map((nom, rang) => {
        const option = document.createElement("li");
        option.id = `${liste.id}-${rang}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = nom;
        option.addEventListener("mousedown", e => e.preventDefault()); // le champ garde le focus ; on choisit en relâchant
        option.addEventListener("click", () => choisir(option));
        return option;
      }));
      champ.setAttribute("aria-expanded", String(noms.length > 0));
    };
    champ.addEventListener("input", () => {
      clearTimeout(attente);
      demande?.abort();
      const texte = champ.value.trim();
      if (texte.length < 2) return fermer();
      attente = setTimeout(async () => {
        demande = new AbortController();
        try { montrer(await chercher(champ.dataset.complete, texte, demande.signal, lieux)); } catch { /* sans complétion, on écrit */ }
      }, delai);
    });
    champ.addEventListener("keydown", e => {
      const toutes = options();
      if (e.key === "Escape") return fermer();
      if (e.key === "Enter" && actif >= 0) { e.preventDefault(); return choisir(toutes[actif]); }
      if ((e.key !== "ArrowDown" && e.key !== "ArrowUp") || !toutes.length) return;
      e.preventDefault();
      actif = (actif + (e.key === "ArrowDown" ? 1 : -1) + toutes.length) % toutes.length;
      toutes.forEach((o, rang) => o.setAttribute("aria-selected", String(rang === actif)));
      champ.setAttribute("aria-activedescendant", toutes[actif].id);
    });
    // Fermer plus tard : un bouton qui bougerait sous le doigt perdrait son appui.
    champ.addEventListener("blur", () => { clearTimeout(attente); demande?.abort(); setTimeout(fermer, 300); });
  };
})();
