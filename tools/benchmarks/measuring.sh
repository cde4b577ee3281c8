# Sourced by tools/bench: how parts measure, what they report, and where it is recorded.

# A statement on the catalog of results.
record() { sqlite3 -cmd '.timeout 10000' "$results" "$1"; }

# A text as SQL has it.
quoted() { printf "'%s'" "${1//\'/\'\'}"; }

# Enters this invocation into the catalog of results; sets `session`.
begin_session() {
    local cpu dirty
    cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    dirty=$([ -z "$(git status --porcelain --untracked-files=no)" ] && echo 0 || echo 1)
    sqlite3 "$results" <tools/benchmarks/results.sql >/dev/null
    session=$(record "INSERT INTO session (revision, is_dirty, cpu, cores, core_type, compared_with) VALUES (
        $(quoted "$revision"), $dirty, $(quoted "${cpu:-$(uname -m)}"), $(nproc),
        $(quoted "$(bench-engine matrix-product --runs 1 | sed -n 's/.*"instructions":"\([^"]*\)".*/\1/p')"),
        nullif($(quoted "${1:-}"), '')) RETURNING id")
}

# Runs a command without its output; sets `seconds` (wall clock) and `mebibytes` (largest resident set).
measure() {
    local kibibytes
    /usr/bin/time --quiet --output="$scratch/time" --format='%e %M' "$@" >/dev/null 2>"$scratch/errors" ||
        { echo "tools/bench: '$*' failed:" >&2; cat "$scratch/errors" >&2; exit 1; }
    read -r seconds kibibytes < <(tail -n 1 "$scratch/time")
    mebibytes=$((kibibytes / 1024))
    record "INSERT INTO run (session_id, part, work, contestant, revision, round, seconds) VALUES (
        $session, $(quoted "$part"), $(quoted "${2:-}"), $(quoted "$1"),
        $([[ $1 == figment* ]] && quoted "$revision" || echo NULL), ${run:-1}, $seconds)"
}

# The middle one of some numbers, a line each.
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

missed=0
# A line of the table: what, the figure, its unit, and where there is a target: '<=' or '>=', the number, and perhaps
# one beyond it that is aimed at. What stands in `note` ends the line. In a comparison the figures are but collected.
report() {
    local verdict=
    if [ -n "${side:-}" ]; then
        printf '%s\t%s\t%s\t%s\t%s\n' "$side" "$part" "$1" "$2" "$3" >>"$figures"
        return
    fi
    record "INSERT INTO figure (session_id, part, what, revision, value, unit, comparison, target, aim) VALUES (
        $session, $(quoted "$part"), $(quoted "$1"), $(quoted "$revision"), $2, $(quoted "$3"),
        nullif($(quoted "${4:-}"), ''), nullif($(quoted "${5:-}"), ''), nullif($(quoted "${6:-}"), ''))"
    if [ -n "${5:-}" ]; then
        verdict=$(awk -v f="$2" -v c="$4" -v t="$5" 'BEGIN { print (c == "<=" ? f <= t : f >= t) ? "met" : "MISSED" }')
        [ "$verdict" = met ] || missed=1
    fi
    printf '%-62s %10s %-8s %2s %6s  %s\n' "$1" "$(shown "$2")" "$3" "${4:-}" "${5:-}" \
        "$verdict${6:+${verdict:+, }aim $6}${note:+ ($note)}"
}

# A number with two decimals, or where that would leave nothing of it, two digits.
shown() { awk -v f="$1" 'BEGIN { printf (f != 0 && f < 0.01 && f > -0.01) ? "%.1e" : "%.2f", f }'; }

# Makes a catalog of bench-catalog's unless it is there: its name in the folder, then the options.
make_catalog() {
    local name=$1
    shift
    [ -f "$folder/$name.sqlite" ] && return
    bench-catalog --catalog "$folder/making.sqlite" "$@" >/dev/null
    rm -f "$folder/making.sqlite"-* "$folder/making.sqlite.lock"
    mv "$folder/making.packs" "$folder/$name.packs"
    mv "$folder/making.sqlite" "$folder/$name.sqlite"
}

# A copy of such a catalog that may be written to: its name, and the path of the copy without the suffix.
copy_catalog() {
    rm -rf "$2".*
    cp "$folder/$1.sqlite" "$2.sqlite"
    cp -R "$folder/$1.packs" "$2.packs"
}
