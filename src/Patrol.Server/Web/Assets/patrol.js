// Comfort only: every page works without it.
"use strict";

// At once, and again when the browser has put back what a form held.
function shown(show) {
    show();
    window.addEventListener("pageshow", show);
}

// Copying: the button is there only where it works.
for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(source.value);
        } catch {
            source.focus();
            source.select();
            document.execCommand("copy");
        }
        button.querySelector("[data-label]").textContent = button.dataset.done;
        document.getElementById("announcer").textContent = button.dataset.done;
    });
}

// A page that shows a token once does not show it again when the browser brings it back from its memory.
window.addEventListener("pageshow", event => {
    if (event.persisted && document.querySelector("[data-once]")) location.reload();
});
window.addEventListener("pagehide", () => {
    for (const field of document.querySelectorAll("[data-once]")) field.value = "";
});

// Selecting all rows of a page, and how many are selected.
for (const all of document.querySelectorAll("[data-select-all]")) {
    const boxes = [...document.querySelectorAll(`input[name="${all.dataset.selectAll}"]`)];
    const count = document.getElementById("selected-count");
    const show = () => {
        const selected = boxes.filter(box => box.checked).length;
        all.checked = selected > 0 && selected === boxes.length;
        all.indeterminate = selected > 0 && selected < boxes.length;
        if (count) count.textContent = selected;
    };
    all.closest("[hidden]")?.removeAttribute("hidden");
    all.addEventListener("change", () => { boxes.forEach(box => { box.checked = all.checked; }); show(); });
    boxes.forEach(box => box.addEventListener("change", show));
    shown(show);
}

// Asking before what cannot be undone, in place: the answer goes the way of the page that asks without script.
for (const link of document.querySelectorAll("a[data-confirm]")) {
    link.addEventListener("click", async event => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        let main;
        try {
            const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
            main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-dialog]");
        } catch { /* The page itself will say what is wrong. */ }
        if (!main) { location.href = link.href; return; }
        const dialog = document.createElement("dialog");
        dialog.setAttribute("aria-labelledby", main.querySelector("h1, h2").id);
        dialog.append(document.adoptNode(main));
        dialog.querySelector("[data-cancel]")?.addEventListener("click", cancelled => { cancelled.preventDefault(); dialog.close(); });
        dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
        document.body.append(dialog);
        dialog.showModal();
    });
}

// A choice that shows fields of its own hides the others'.
for (const choice of document.querySelectorAll("[data-choice]")) {
    const show = () => {
        for (const part of document.querySelectorAll(`[data-for="${choice.id}"]`)) part.hidden = !part.dataset.values.split(" ").includes(choice.value);
    };
    choice.addEventListener("change", show);
    shown(show);
}
