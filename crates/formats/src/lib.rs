//! How deliveries are packed: csv, xlsx, json, xml, geojson to text batches
