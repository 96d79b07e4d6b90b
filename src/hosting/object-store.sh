#!/usr/bin/env bash
# Benchtop into an object store that speaks S3 (AWS, MinIO, Ceph, R2): src/hosting/object-store.sh s3://bucket[/path]
# Uses the AWS command line; for another store, set AWS_ENDPOINT_URL. The bucket must serve index.html for folders ("static
# website hosting") and 404.html for what is missing; who may frame pages is said by what stands before it (a CDN's headers).
set -euo pipefail
target=${1:?give the target, such as s3://bucket/kb}

# Names that change with their content first, so that no page arrives before what it needs.
aws s3 sync dist/_astro "$target/_astro" --cache-control "public, max-age=31536000, immutable"
aws s3 sync dist "$target" --exclude "_astro/*" --exclude "*.ts" --exclude "*.md" --cache-control "no-cache" --delete
# Types that the store would guess wrongly: .ts as video, .md as bytes.
aws s3 sync dist "$target" --exclude "*" --include "*.ts" --content-type "text/plain; charset=utf-8" --cache-control "no-cache"
aws s3 sync dist "$target" --exclude "*" --include "*.md" --content-type "text/markdown; charset=utf-8" --cache-control "no-cache"
