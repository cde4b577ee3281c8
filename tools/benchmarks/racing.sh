# Sourced by tools/bench: races of the engine against its peers.

networks=${NETWORKS:-$PWD/.peers/networks}

# Sets `peers` to the Python of an environment that has the peers; leaves it empty where there is none.
find_peers() {
    peers=
    [ -z "${NO_PEERS:-}" ] || return 0
    if [ -n "${FIGMENT_PEERS:-}" ]; then
        peers=$FIGMENT_PEERS/bin/python
        [ -x "$peers" ] || { echo "tools/bench: FIGMENT_PEERS: there is no $peers" >&2; exit 66; }
        return
    fi
    local wanted=tools/benchmarks/peers/requirements.txt environment=$PWD/.peers/environment
    if ! cmp --silent "$wanted" "$environment/requirements.txt"; then
        say "making $environment from PyPI"
        rm -rf "$environment"
        if ! { python3 -m venv "$environment" && "$environment/bin/pip" install --quiet -r "$wanted" >&2; }; then
            say "PyPI cannot be reached: no peers take part"
            return
        fi
        cp "$wanted" "$environment/requirements.txt"
    fi
    peers=$environment/bin/python
}

# Lets programs take turns at a race of contestants.py, several rounds: `race RACE ROUNDS OPTION…`, options of race.py,
# whose answer is then in $scratch/race.
race() {
    local race=$1 rounds=$2
    shift 2
    python3 tools/benchmarks/peers/race.py "$race" --folder "$networks" --rounds "$rounds" --catalog "$results" \
        --session "$session" --part "$part" ${peers:+--peers "$peers"} "$@" >"$scratch/race"
}

# The table of a race against the peers, of contestants.py: the race; what the work is called; how much of a unit is
# done at a time, and the unit (1 and s for seconds a time); the greatest error that the output may have. Then for each
# peer that a target is set by: its name, how many times its rate must be reached, and how many times should be; '-' for
# no target. `program` is Figment's contestant, if it is not bench-engine; `most_load` and `most_memory` are the seconds
# and the MiB that loading and all of it may take.
race_peers() {
    local race=$1 what=$2 amount=$3 unit=$4 tolerance=$5
    shift 5
    local -A must=() aim=()
    while [ $# -gt 0 ]; do
        must[$1]=${2#-} aim[$1]=${3#-}
        shift 3
    done
    if [ -n "$compared" ]; then
        race_revisions "$race" "$what" "$amount" "$unit"
        return
    fi
    local status=0
    race "$race" "$runs" --contestant Figment "$revision" "$programs/${program:-bench-engine}" || status=$?
    case $status in
    0) ;;
    69) printf '%-62s left out: without peers nothing can make its network\n' "$what" && return ;;
    *) exit "$status" ;;
    esac
    local name median least greatest ratio lowest highest error load memory
    while IFS='|' read -r name median least greatest ratio lowest highest error load memory; do
        if [ -z "$least" ]; then
            printf '%-62s left out: %s\n' "$what: $name" "$median"
            continue
        fi
        if [ "$unit" = s ]; then
            note=$(shown "$least")–$(shown "$greatest") report "$what: $name" "$median" s
        else
            note=$(shown "$(rate "$greatest")")–$(shown "$(rate "$least")") \
                report "$what: $name" "$(rate "$median")" "$unit"
        fi
        if [ "$name" = Figment ]; then
            [ -z "$error" ] || report "$what: error against PyTorch" "$error" "" "<=" "$tolerance"
            [ -z "$load" ] || report "$what: load" "$load" s ${most_load:+"<="} ${most_load:-}
            [ -z "$memory" ] || report "$what: greatest memory" "$memory" MiB ${most_memory:+"<="} ${most_memory:-}
        else
            note="$(shown "$lowest")–$(shown "$highest")${error:+; its error $(shown "$error")}" \
                report "$what: times the rate of $name" "$ratio" "×" \
                ${must[$name]:+">="} ${must[$name]:-"" ""} ${aim[$name]:-}
        fi
    done <"$scratch/race"
}

# The rate, in units of time of the race at hand, of a time in seconds.
rate() { awk -v a="$amount" -v s="$1" 'BEGIN { print a / s }'; }

# How fast the machine is at this moment, before or after the parts: a product of float32 matrices of 2048 × 2048.
calibrate() {
    local part="calibration $1" name median least rest
    race matrix-product 7 --contestant Figment "$revision" "$programs/bench-engine"
    while IFS='|' read -r name median least rest; do
        [ -z "$least" ] ||
            report "matrix product, $1: $name" "$(awk -v s="$median" 'BEGIN { print 2 * 2.048 ^ 3 / s }')" GFLOP/s
    done <"$scratch/race"
}
