# Reads the files of a crate and prints which modules use which: two names a line, of modules side by side in one folder.
# `tsort` tells whether they stand in a circle. A folder's own module and what is inside of it are one thing here.
#
# awk -v root=server/src -f scripts/module-circle.awk FILE... | tsort

function module_of(file) {
    sub(root "/", "", file)
    sub(/\.rs$/, "", file)
    sub(/(^|\/)(lib|main|mod)$/, "", file)
    return file
}

function parent_of(module) {
    return sub(/\/[^\/]*$/, "", module) ? module : ""
}

# The module that a path like `super::queue::Topic` leads to.
function target_of(path,    parts, count, at, found, next_one) {
    count = split(path, parts, "::")
    found = parts[1] == "crate" ? "" : parent_of(here)
    for (at = 2; at <= count; at++) {
        next_one = found (found == "" ? "" : "/") parts[at]
        if (parts[at] == "super") found = parent_of(found)
        else if (next_one in modules) found = next_one
        else break
    }
    return found
}

function use(path,    mine, theirs, of_mine, of_theirs, at, folder) {
    of_mine = split(here, mine, "/")
    of_theirs = split(target_of(path), theirs, "/")
    for (at = 1; at <= of_mine && at <= of_theirs; at++) {
        if (mine[at] != theirs[at]) {
            print folder mine[at], folder theirs[at]
            return
        }
        folder = folder mine[at] "/"
    }
}

function read(text,    path, names, each, count, at) {
    while (match(text, /(crate|super)(::[a-z_]+)*(::\{[^{}]*\})?/)) {
        path = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        count = 0
        if (match(path, /::\{/)) {
            names = substr(path, RSTART + 3)
            path = substr(path, 1, RSTART - 1)
            gsub(/[ }]/, "", names)
            count = split(names, each, ",")
        }
        use(path)
        for (at = 1; at <= count; at++) use(path "::" each[at])
    }
}

BEGIN { for (at = 1; at < ARGC; at++) modules[module_of(ARGV[at])] }
FNR == 1 { read(text); text = ""; here = module_of(FILENAME); is_test = 0 }
/^mod tests / { is_test = 1 }
!is_test { sub(/\/\/.*/, ""); text = text " " $0 }
END { read(text) }
