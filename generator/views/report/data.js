// What the page shows, unpacked.

async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

// Pieces with their names, of which most are kept from before.
async function takePieces(pieces, text) {
  const come = text.split(" ").map((one) => one.split(":"));
  const trees = await Promise.all(come.map(([, packed]) => unpacked(packed)));
  trees.forEach((tree, number) => pieces.set(come[number][0], tree));
}

// The tree that pieces are parts of.
function joined(trees) {
  if (trees.length === 1) return trees[0];
  if (Array.isArray(trees[0])) return trees.flat();
  const keys = new Set(trees.flatMap((tree) => Object.keys(tree)));
  const parts = (key) => trees.filter((tree) => Object.hasOwn(tree, key)).map((tree) => tree[key]);
  return Object.fromEntries([...keys].map((key) => [key, joined(parts(key))]));
}
