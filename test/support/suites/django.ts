import { existsSync } from 'node:fs'

/** How a Debian machine gets Django REST framework, for the scenarios of records. */
export const DJANGO_INSTALL_COMMAND = 'apt-get install -y python3-djangorestframework python3-django-cors-headers'

/** Whether Debian's Python has it; another Python first on the path has packages of its own. */
export function hasDjango(): boolean {
  return ['rest_framework', 'corsheaders'].every((name) => existsSync(`/usr/lib/python3/dist-packages/${name}`))
}
