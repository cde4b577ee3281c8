# Sourced by tools/bench --compare: the parts, measured with the programs of this checkout and of another revision in
# turn.

other=$(git rev-parse --verify --quiet "$compared^{commit}") ||
    { echo "tools/bench: '$compared' is no revision" >&2; exit 64; }
own=$revision own_programs=$programs
# Kept, because a build takes minutes; `git worktree remove --force` takes it away.
tree=$PWD/.build-compared/${other:0:12}
[ -d "$tree" ] || git worktree add --quiet --detach "$tree" "$other"
build "$tree"
other_programs=$programs

# Lets both revisions take turns at a race of contestants.py: the race, what the work is called, how much of a unit is
# done at a time, the unit.
race_revisions() {
    # Its rounds are its own.
    [ "$side $round" = "own 1" ] || return 0
    local name=${program:-bench-engine}
    if [ ! -x "$other_programs/$name" ]; then
        printf '%-62s left out: %s has no %s\n' "$2" "$compared" "$name"
        return
    fi
    race "$1" "$rounds" --contestant own "$own" "$own_programs/$name" \
        --contestant other "$other" "$other_programs/$name"
    record "SELECT contestant, part, $(quoted "$2"), iif($(quoted "$4") = 's', seconds, $3 / seconds), $(quoted "$4")
        FROM run WHERE session_id = $session AND part = $(quoted "$part") AND work = $(quoted "$1")
        ORDER BY id" | tr '|' '\t' >>"$figures"
}

rounds=$runs runs=1
figures=$scratch/figures
usual=$PATH places=$folder
programs=$own_programs revision=$own
begin_session "$other"
calibrate before
for part in "${parts[@]}"; do
    for round in $(seq "$rounds"); do
        for side in own other; do
            # Each side keeps catalogs of its own: the schema may differ.
            (
                case $side in
                own) revision=$own programs=$own_programs ;;
                other) revision=$other programs=$other_programs ;;
                esac
                PATH=$programs:$usual folder=$places/$revision
                mkdir -p "$folder"
                scratch=$(mktemp -d "$scratch/XXXXXX")
                . "tools/benchmarks/$part"
            )
        done
    done
done
revision=$own programs=$own_programs side=
calibrate after
python3 tools/benchmarks/side_by_side.py "$figures" "$results" "$session" "$own" "$other"
