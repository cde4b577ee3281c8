"""Reads a PROV-JSON document with W3C PROV's Python library, and writes and reads it once more: read_prov.py FILE."""

import sys

from prov.model import ProvActivity, ProvAgent, ProvDocument, ProvElement, ProvEntity


def main(path):
    document = ProvDocument.deserialize(path, format="json")
    if ProvDocument.deserialize(content=document.serialize(format="json"), format="json") != document:
        sys.exit(f"{path}: written by prov and read again, it is another document")
    records = document.get_records()
    known = {record.identifier for record in records if isinstance(record, ProvElement)}
    counts = {kind: len([*document.get_records(kind)]) for kind in (ProvEntity, ProvActivity, ProvAgent)}
    if not all(counts.values()):
        sys.exit(f"{path} lacks entities, activities or agents")
    relations = [record for record in records if not isinstance(record, ProvElement)]
    for relation in relations:
        for value in relation.args[:2]:
            if value not in known:
                sys.exit(f"{path}: {relation} names {value}, which is not described")
    print(
        f"{path}: {counts[ProvEntity]} entities, {counts[ProvActivity]} activities, {counts[ProvAgent]} agents, "
        f"{len(relations)} relations")


if __name__ == "__main__":
    main(sys.argv[1])
