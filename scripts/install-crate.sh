# Programs of Rust crates for the scripts beside it, which source this.
# shellcheck shell=bash

# The first version number in what a command prints about itself; nothing when the command is missing.
version_of() { "$1" --version 2>/dev/null | sed -En '1s/^[^0-9]*([0-9.]+).*/\1/p' || true; }

# install_crate ROOT CRATE VERSION OPTION...: a prebuilt binary where that is to be had, else from source with OPTIONs.
install_crate() {
    local root=$1 crate=$2 version=$3
    shift 3
    if command -v cargo-binstall >/dev/null; then
        say "downloading $crate $version"
        cargo binstall --no-confirm --disable-strategies compile --root "$root" "$crate@$version" && return
        say "no prebuilt $crate $version to be had"
    fi
    say "compiling $crate $version, once for all clones; this takes a few minutes"
    # An optimised build of these tools takes longer than it ever saves.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 \
        CARGO_TARGET_DIR="$root/target" cargo install "$crate" --version "$version" --root "$root" "$@"
    rm -rf "$root/target"
}
