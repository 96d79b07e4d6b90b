/** Names and what they stand for, written as `name=text` with white space between. */
function table(pairs: string): Record<string, string> {
  return Object.fromEntries(
    pairs
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split("=") as [string, string]),
  );
}

/** TeX's names of the symbols that Unicode has, without their backslash. */
export const symbols = table(`
  times=× sim=~ approx=≈ pm=± cdot=· le=≤ leq=≤ ge=≥ geq=≥ neq=≠ ll=≪ gg=≫ to=→ rightarrow=→ leftarrow=←
  infty=∞ ldots=… dots=… ell=ℓ star=⋆ ast=∗ prime=′ dagger=† top=⊤ circ=∘ partial=∂ nabla=∇ sum=∑
  textasciitilde=~ textemdash=— textendash=– degree=° S=§
  alpha=α beta=β gamma=γ delta=δ epsilon=ε zeta=ζ eta=η theta=θ iota=ι kappa=κ lambda=λ mu=μ nu=ν xi=ξ pi=π
  rho=ρ sigma=σ tau=τ phi=φ chi=χ psi=ψ omega=ω
  Gamma=Γ Delta=Δ Theta=Θ Lambda=Λ Sigma=Σ Phi=Φ Psi=Ψ Omega=Ω
`);

/** TeX's names of the Greek letters. */
export const greekNames = Object.keys(symbols).filter((name) =>
  /\p{Script=Greek}/u.test(symbols[name] ?? ""),
);

/** Latin abbreviations that papers define as macros, in the spelling of print. */
export const abbreviations: Record<string, string> = {
  ie: "i.e.",
  eg: "e.g.",
  etal: "et al.",
  etc: "etc.",
  cf: "cf.",
  vs: "vs.",
  wrt: "w.r.t.",
  aka: "a.k.a.",
};

/** TeX's accents as the combining characters that say the same. */
export const accents: Record<string, string> = {
  "`": "\u0300",
  "'": "\u0301",
  "^": "\u0302",
  "~": "\u0303",
  '"': "\u0308",
  "=": "\u0304",
  ".": "\u0307",
};

/** `number` raised or lowered in Unicode's digits: ("^", "2") → ², ("_", "2") → ₂. */
export function script(position: string, number: string): string {
  const digits = position === "^" ? "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻" : "₀₁₂₃₄₅₆₇₈₉₊₋";
  return [...number].map((digit) => digits["0123456789+-".indexOf(digit)] ?? digit).join("");
}
