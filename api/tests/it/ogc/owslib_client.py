"""Walks through the map with OWSLib's client of OGC API Features. Ends with 0 if it found what it should."""

import sys

from owslib.ogcapi.features import Features

map_url, expected_parks = sys.argv[1], int(sys.argv[2])
client = Features(map_url)

assert any(link["rel"] == "conformance" for link in client.links), client.links
conformance = client.conformance()["conformsTo"]
assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in conformance, conformance
assert client.api()["openapi"].startswith("3.0"), "the definition that OWSLib finds is OpenAPI 3.0"

names = client.feature_collections()
assert "park" in names and len(names) == 12, names
park = client.collection("park")
assert park["title"] == "公园", park
types = {link["type"] for link in park["links"] if link["rel"] == "items"}
assert {"application/geo+json", "application/flatgeobuf", "application/geopackage+sqlite3"} <= types, types

seen = []
while True:
    page = client.collection_items("park", limit=4, offset=len(seen))
    assert page["numberMatched"] == expected_parks, page["numberMatched"]
    seen += [feature["id"] for feature in page["features"]]
    if not any(link["rel"] == "next" for link in page["links"]):
        break
assert len(seen) == len(set(seen)) == expected_parks, seen

west, south, east, north = park["extent"]["spatial"]["bbox"][0]
inside = client.collection_items("park", bbox=[west, south, east, north], limit=1000)
assert inside["numberMatched"] == expected_parks, inside["numberMatched"]
item = client.collection_item("park", str(seen[0]))
assert item["id"] == seen[0] and item["properties"]["layer"] == "park", item
print(f"OWSLib saw {len(seen)} parks in {len(names)} layers")
