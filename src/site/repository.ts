/*
 * Where the project's source lives, for links to it: REPOSITORY=https://host/owner/name at build. Without it there are no
 * such links. Paths are those that GitHub, Gitea and Forgejo share.
 */

const { REPOSITORY = "" } = process.env;
const repository = REPOSITORY.replace(/\/+$/, "");

/** The address at which a file of the project is edited; undefined where the build knows no repository. */
export function editAddress(file: string): string | undefined {
  return repository === "" ? undefined : `${repository}/edit/main/${file}`;
}

/** The address at which one reports something under a title; undefined where the build knows no repository. */
export function reportAddress(title: string): string | undefined {
  return repository === "" ? undefined : `${repository}/issues/new?title=${encodeURIComponent(title)}`;
}
