# Which build tools in which versions, and where they live; sourced by the scripts beside it from the repository's root.
# shellcheck shell=bash

cargo_leptos=0.3.10 # 0.3.11 needs a newer Rust than rust-toolchain.toml names
binaryen=132        # cargo-leptos optimises every release build with its wasm-opt; Debian's is too old
cargo_deny=0.20.2   # with cargo_shear also in check-tools.txt
cargo_shear=1.14.0

# The generated JavaScript only fits the crate of exactly the same version.
wasm_bindgen=$(grep --after-context=1 '^name = "wasm-bindgen"$' Cargo.lock | sed -n 's/^version = "\(.*\)"$/\1/p')

# Outside the clone, one folder a version: clones share what takes minutes to install, and never disagree about it.
tools=${HUBBUB_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/hubbub/tools}
cargo_leptos_root=$tools/cargo-leptos-$cargo_leptos
wasm_bindgen_root=$tools/wasm-bindgen-cli-$wasm_bindgen
binaryen_root=$tools/binaryen-$binaryen
check_tools_root=$tools/check-$cargo_deny-$cargo_shear

PATH=$cargo_leptos_root/bin:$check_tools_root/bin:$wasm_bindgen_root/bin:$binaryen_root/node_modules/.bin:$PATH
