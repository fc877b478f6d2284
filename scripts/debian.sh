# Debian packages for the scripts beside it, which source this.
# shellcheck shell=bash

# install_debian PACKAGE...: fails where that is not possible, and says why.
install_debian() {
    if ! command -v apt-get >/dev/null; then
        say "without apt-get these cannot be installed for you: $*" >&2
        return 1
    fi
    local as_root=()
    if [[ $EUID -ne 0 ]]; then
        if ! command -v sudo >/dev/null; then
            say "as root, run: apt-get install $*" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    say "installing $*"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
