"""Who may go through which door. A line: address | methods | verdict = callers; ...

`{org=exporter}`: the parameter `org` is the exporter's public id, by the names of doors.world; another word stands for
itself. `!` begins addresses that no language stands before. Verdicts: `in` (whatever comes then, but for 401, 403, 404 and
failures), `403`, `404`, `sign-in`. Who is not named gets 404, visitors and programs have to sign in; `public` is everybody.
"""

TABLE = """
# Public pages and the doors in
/ | GET | public
/about | GET | public
/browse | GET | public
/browse/{code=6302} | GET | public
/claim/{token=no-such-token} | GET POST | nobody at all
/compare | GET | public
/confirm | GET POST | public
/confirm/{token=no-such-token} | GET POST | public
/dev/mail | GET | public
/dev/mail/{name=no-such-name} | GET | nobody at all
/dev/mail/{name=no-such-name}/html | GET | nobody at all
/email/{token=no-such-token} | GET POST | public
/exporters | GET | public
/exporters/{slug=ayse-havlu} | GET | public
/forgotten | GET POST | public
/forgotten/sent | GET | public
/help | GET | public
/invite/{token=no-such-token} | GET POST | nobody at all
/products | GET | public
/products/{address_name=address} | GET | public
/register | GET | public
/register/exporter | GET POST | public
/register/importer | GET POST | public
/register/sent | GET | public
/reset/{token=no-such-token} | GET POST | public
/sign-in | GET POST | public
/sign-in/second | GET | in = signed in
/sign-in/second | POST | sign-in = signed in
/unsubscribe/{token=no-such-token} | GET POST | nobody at all
/sign-out | POST | public

# Everybody's own
/account | GET POST | in = signed in
/account/email | GET POST | in = signed in
/account/password | GET POST | in = signed in
/account/prove | GET POST | in = signed in
/account/recovery-codes | GET | sign-in = signed in
/account/recovery-codes | POST | sign-in = nobody stranger owner editor order_desk viewer other_importer importer_owner buyer importer_viewer; in = post other_post former_post association other_association admin
/account/second-factor | GET | in = signed in
/account/second-factor/off | POST | sign-in = nobody stranger owner editor order_desk viewer other_importer importer_owner buyer importer_viewer former_post; in = post other_post association other_association admin
/account/second-factor/set-up | GET POST | in = nobody stranger owner editor order_desk viewer other_importer importer_owner buyer importer_viewer; sign-in = post other_post former_post association other_association admin
/account/sessions | GET | in = signed in
/account/sessions/others/end | POST | in = signed in
/account/sessions/{session=no-such-session}/end | POST |
/notifications | GET | in = signed in
/notifications/latest | GET | in = signed in
/notifications/read | POST | in = signed in
/notifications/stream | GET | in = signed in
/notifications/{notification=no-such-id} | GET |
/claim-company | GET POST | in = signed in
/privacy | GET | in = signed in
/privacy/consents | POST | in = signed in
/privacy/data.json | GET | in = signed in
/privacy/delete | GET POST | in = signed in
/privacy/notice | GET | public
/privacy/stay | POST | in = signed in
/saved | GET | in = signed in
/saved/exporters/{slug=ayse-havlu} | POST | in = signed in
/saved/products/{id=product} | POST | in = signed in
/saved/searches | POST | in = signed in
/saved/searches/{id=search} | POST | in = signed in

# An exporter's desk
/desk | GET | in = signed in
/desk/new-exporter | GET POST | in = signed in
/desk/{org=exporter} | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/ask-verification | POST |
/desk/{org=exporter}/company | GET POST |
/desk/{org=exporter}/documents | POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/documents/{document=document} | GET | in = owner editor association admin; 403 = order_desk viewer
/desk/{org=exporter}/documents/{document=document}/remove | POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/holidays | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/holidays/{holiday=holiday}/remove | POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/import | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/import/template/{ending=csv} | GET | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/import/{job_id=job} | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/import/{job_id=job}/columns | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/import/{job_id=job}/errors.csv | GET | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/import/{job_id=job}/progress | GET | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/keys | GET | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/keys/new | GET POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/keys/{key=key}/revoke | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/limits | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/members | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/members/invitations/{invitation=invitation}/withdraw | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/members/invite | GET POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/members/leave | POST | in = owner editor order_desk viewer
/desk/{org=exporter}/members/{person=viewer_id} | GET | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/members/{person=viewer_id}/remove | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/members/{person=viewer_id}/role | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/products | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/products.csv | GET | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/products/new | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/products/{product_id=product} | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/products/{product_id=product}/photos | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/products/{product_id=product}/photos/{photo=photo} | POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/products/{product_id=product}/preview | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/products/{product_id=product}/state | POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/profile | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/profile/certificates | POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/profile/certificates/{certificate=certificate}/remove | POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/registration | GET | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/registration/{step=company} | GET POST | in = owner editor; 403 = order_desk viewer
/desk/{org=exporter}/statistics | GET | in = owner editor order_desk viewer

# An importer's desk, and what an importer finds on an exporter's addresses
/desk/{org=importer} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/ask-verification | POST | in = importer_owner; 403 = buyer importer_viewer
/desk/{org=importer}/company | GET POST | in = importer_owner; 403 = buyer importer_viewer
/desk/{org=importer}/documents | POST |
/desk/{org=importer}/documents/{document=document} | GET |
/desk/{org=importer}/documents/{document=document}/remove | POST |
/desk/{org=importer}/holidays | GET POST |
/desk/{org=importer}/holidays/{holiday=holiday}/remove | POST |
/desk/{org=importer}/import | GET POST |
/desk/{org=importer}/import/template/{ending=csv} | GET |
/desk/{org=importer}/import/{job_id=job} | GET POST |
/desk/{org=importer}/import/{job_id=job}/columns | GET POST |
/desk/{org=importer}/import/{job_id=job}/errors.csv | GET |
/desk/{org=importer}/import/{job_id=job}/progress | GET |
/desk/{org=importer}/keys | GET | in = importer_owner; 403 = buyer importer_viewer
/desk/{org=importer}/keys/new | GET POST | in = importer_owner; 403 = buyer importer_viewer
/desk/{org=importer}/keys/{key=key}/revoke | POST | 403 = buyer importer_viewer
/desk/{org=importer}/limits | GET POST |
/desk/{org=importer}/members | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/members/invitations/{invitation=invitation}/withdraw | POST | 403 = buyer importer_viewer
/desk/{org=importer}/members/invite | GET POST | in = importer_owner; 403 = buyer importer_viewer
/desk/{org=importer}/members/leave | POST | in = importer_owner buyer importer_viewer
/desk/{org=importer}/members/{person=viewer_id} | GET | 403 = buyer importer_viewer
/desk/{org=importer}/members/{person=viewer_id}/remove | POST | 403 = buyer importer_viewer
/desk/{org=importer}/members/{person=viewer_id}/role | POST | 403 = buyer importer_viewer
/desk/{org=importer}/products | GET POST |
/desk/{org=importer}/products.csv | GET |
/desk/{org=importer}/products/new | GET POST |
/desk/{org=importer}/products/{product_id=product} | GET POST |
/desk/{org=importer}/products/{product_id=product}/photos | GET POST |
/desk/{org=importer}/products/{product_id=product}/photos/{photo=photo} | POST |
/desk/{org=importer}/products/{product_id=product}/preview | GET |
/desk/{org=importer}/products/{product_id=product}/state | POST |
/desk/{org=importer}/profile | GET POST |
/desk/{org=importer}/profile/certificates | POST |
/desk/{org=importer}/profile/certificates/{certificate=certificate}/remove | POST |
/desk/{org=importer}/registration | GET |
/desk/{org=importer}/registration/{step=company} | GET POST |
/desk/{org=importer}/statistics | GET |

# Staff
/staff | GET | in = post other_post association other_association admin
/staff/audit | GET | in = admin
/staff/audit.csv | POST | in = admin
/staff/claims | GET | in = association other_association admin
/staff/claims/{claim=claim} | GET | in = association admin
/staff/claims/{claim=claim}/document | GET | in = association admin
/staff/claims/{claim=claim}/{action=refuse} | POST | in = association admin
/staff/enrolments | GET POST | in = association other_association admin
/staff/enrolments/commit | POST | in = association other_association admin
/staff/enrolments/template | GET | in = association other_association admin
/staff/enrolments/{member=enrolment}/{action=withdraw} | POST | in = association admin
/staff/exporters | GET | in = association other_association admin
/staff/exporters/{org=exporter} | GET | in = association admin
/staff/exporters/{org=importer} | GET |
/staff/exporters/{org=exporter}/{action=suspend} | POST | in = association admin
/staff/exporters/{org=importer}/{action=suspend} | POST |
/staff/importers | GET | in = post other_post admin
/staff/importers/{id=importer_id} | GET | in = post admin
/staff/importers/{id=importer_id}/refuse | POST | in = post admin
/staff/importers/{id=importer_id}/reinstate | POST | in = post admin
/staff/importers/{id=importer_id}/suspend | POST | in = post admin
/staff/importers/{id=importer_id}/take | POST | in = post admin
/staff/importers/{id=importer_id}/verify | POST | in = post admin
/staff/organisations | GET | in = admin
/staff/organisations/new | GET POST | in = admin
/staff/organisations/{organisation=germany} | GET POST | in = admin
/staff/people | GET | in = admin
/staff/people/{person=viewer_id} | GET POST | in = admin
/staff/people/{person=viewer_id}/sessions | POST | in = admin
/staff/law | GET | in = admin
/staff/law/{kind=carrier}/new | GET POST | in = admin
/staff/law/{kind=carrier}/{row=no-such-row}/end | POST | in = admin
/staff/law/proposals/{proposal=law_proposal}/{decision=approve} | POST | in = admin
/staff/policies | GET | in = admin
/staff/rates | GET POST | in = admin
/staff/posts | GET | in = admin
/staff/posts/{organisation=germany} | GET POST | in = admin
/staff/posts/{organisation=germany}/invitations/{invitation=post_invitation}/withdraw | POST | in = admin
/staff/posts/{organisation=germany}/{person=attache_id}/end | POST | in = admin
/staff/posts/{organisation=germany}/{person=attache_id}/term | POST | in = admin
/staff/queues | GET | in = admin
/staff/queues/mails/{mail_id=mail}/retry | POST | in = admin
/staff/queues/outbox/{entry=entry}/retry | POST | in = admin
/staff/queues/refused | POST | in = admin
/staff/rights | GET POST | in = admin
/staff/rights/{proposal=proposal}/{decision=approve} | POST | in = admin

# The API
!/api/v1/exporters | GET | public
!/api/v1/exporters/{slug=ayse-havlu} | GET | public
!/api/v1/inventory/products | GET | sign-in = signed in; in = key other_key; 403 = key_view key_orders key_buy
!/api/v1/inventory/products/{sku=HV-1} | GET | sign-in = signed in; in = key; 403 = key_view key_orders key_buy
!/api/v1/inventory/products/{sku=HV-1} | PUT | sign-in = signed in; in = key other_key; 403 = key_view key_orders key_buy
!/api/v1/inventory/products/{sku=HV-1}/state | POST | sign-in = signed in; in = key other_key; 403 = key_view key_orders key_buy
!/api/v1/me | GET | in = signed in; in = key key_view other_key key_orders key_buy
!/api/v1/nomenclature | GET | public
!/api/v1/nomenclature/search | GET | public
!/api/v1/nomenclature/{code=6302} | GET | public
!/api/v1/products | GET | public
!/api/v1/products/{id=product} | GET | public
!/api/v1/suggest | GET | public

# Files, health, addresses without a language
!/ | GET | public
!/dev/mail | GET | public
!/health/live | GET | public
!/health/ready | GET | public
!/metrics | GET | public
!/photos/{path=x.webp} | GET | nobody at all
!/robots.txt | GET | public
!/sitemap.xml | GET | public
!/sitemaps/{name=no-such-name} | GET | nobody at all
!/static/{version=x}/{path=x.webp} | GET | nobody at all
!/unsubscribe/{token=no-such-token} | GET | public
!/unsubscribe/{token=no-such-token} | POST | nobody at all

# Trade: orders, carts, inquiries, papers, parcels, webhooks
!/verify | GET | public
!/verify/{code=code} | GET | public
/verify | GET | public
/verify/{code=code} | GET | public
/ask | GET | in = signed in
/carts | GET | in = other_importer importer_owner buyer
/products/{address_name=address}/ask | GET | 403 = nobody stranger owner editor order_desk viewer importer_viewer post other_post former_post association other_association admin; in = other_importer importer_owner buyer
/products/{address_name=address}/order | POST | 403 = nobody stranger owner editor order_desk viewer importer_viewer post other_post former_post association other_association admin; in = other_importer importer_owner buyer
/products/{address_name=address}/order | GET | in = signed in

# … at an exporter's and an importer's desk
/desk/{org=exporter}/attachments/{attachment=attachment} | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/carts | GET |
/desk/{org=exporter}/carts/{cart=cart} | GET POST |
/desk/{org=exporter}/carts/{cart=cart}/look | POST |
/desk/{org=exporter}/carts/{cart=cart}/remove | POST |
/desk/{org=exporter}/deals/{deal=deal} | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/deals/{deal=deal}/end | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/deals/{deal=deal}/steps | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/declarations | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/declarations/import | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/inquiries | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/inquiries.csv | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/inquiries/new | GET POST |
/desk/{org=exporter}/inquiries/{inquiry=inquiry} | GET |
/desk/{org=exporter}/inquiries/{inquiry=inquiry}/close | POST |
/desk/{org=exporter}/inquiries/{inquiry=inquiry}/reveal | POST |
/desk/{org=exporter}/inquiries/{inquiry=inquiry}/{recipient=recipient} | GET |
/desk/{org=exporter}/inquiries/{inquiry=inquiry}/{recipient=recipient}/accept | GET POST |
/desk/{org=exporter}/inquiries/{inquiry=inquiry}/{recipient=recipient}/decline | POST |
/desk/{org=exporter}/inquiries/{inquiry=inquiry}/{recipient=recipient}/messages | POST |
/desk/{org=exporter}/inquiries/{inquiry=inquiry}/{recipient=recipient}/shortlist | POST |
/desk/{org=exporter}/inquiries/{recipient=recipient}/decline | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/inquiries/{recipient=recipient}/messages | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/inquiries/{recipient=recipient}/quote | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/inquiries/{recipient=recipient}/quote/discard | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/inquiries/{recipient=recipient}/quote/withdraw | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/orders.csv | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/orders/{order=order} | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/orders/{order=order}/close | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/deliver | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/documents/{document=paper}/{file=pdf-en} | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/orders/{order=order}/etgb | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/hand-over | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/invoice | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/messages | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/offer | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/packing | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/payment | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/proforma | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/step | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/orders/{order=order}/vat | GET POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/webhooks | GET | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/new | GET POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook} | GET | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook}/change | GET POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook}/deliveries/{delivery=delivery} | GET | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook}/deliveries/{delivery=delivery}/redeliver | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook}/pause | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook}/ping | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook}/remove | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook}/resume | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=exporter}/webhooks/{hook=hook}/secret | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=importer}/attachments/{attachment=attachment} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/carts | GET | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/carts/{cart=cart} | GET POST | in = importer_owner; 403 = importer_viewer
/desk/{org=importer}/carts/{cart=cart}/look | POST | in = importer_owner; 403 = importer_viewer
/desk/{org=importer}/carts/{cart=cart}/remove | POST | in = importer_owner; 403 = importer_viewer
/desk/{org=importer}/deals/{deal=deal} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/deals/{deal=deal}/end | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/deals/{deal=deal}/steps | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/declarations | GET |
/desk/{org=importer}/declarations/import | GET POST |
/desk/{org=importer}/inquiries | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/inquiries.csv | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/inquiries/new | GET POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/inquiries/{inquiry=inquiry} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/inquiries/{inquiry=inquiry}/close | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/inquiries/{inquiry=inquiry}/reveal | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/inquiries/{inquiry=inquiry}/{recipient=recipient} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/inquiries/{inquiry=inquiry}/{recipient=recipient}/accept | GET POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/inquiries/{inquiry=inquiry}/{recipient=recipient}/decline | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/inquiries/{inquiry=inquiry}/{recipient=recipient}/messages | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/inquiries/{inquiry=inquiry}/{recipient=recipient}/shortlist | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/inquiries/{recipient=recipient}/decline | POST |
/desk/{org=importer}/inquiries/{recipient=recipient}/messages | POST |
/desk/{org=importer}/inquiries/{recipient=recipient}/quote | GET POST |
/desk/{org=importer}/inquiries/{recipient=recipient}/quote/discard | POST |
/desk/{org=importer}/inquiries/{recipient=recipient}/quote/withdraw | POST |
/desk/{org=importer}/orders | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/orders.csv | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/orders/{order=order} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/orders/{order=order}/close | GET POST | 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/deliver | GET POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/documents/{document=paper}/{file=pdf-en} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/orders/{order=order}/etgb | GET POST | 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/hand-over | GET POST | 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/invoice | GET POST | 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/messages | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/offer | GET POST | 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/packing | GET POST | 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/payment | POST | 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/proforma | GET POST | 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/step | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/orders/{order=order}/vat | GET POST | 403 = importer_viewer
/desk/{org=importer}/webhooks | GET | in = importer_owner; 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/new | GET POST | in = importer_owner; 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook} | GET | 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook}/change | GET POST | 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook}/deliveries/{delivery=delivery} | GET | 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook}/deliveries/{delivery=delivery}/redeliver | POST | 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook}/pause | POST | 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook}/ping | POST | 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook}/remove | POST | 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook}/resume | POST | 403 = buyer importer_viewer
/desk/{org=importer}/webhooks/{hook=hook}/secret | POST | 403 = buyer importer_viewer

# … for staff
/staff/declarations | GET POST | in = admin
/staff/orders | GET | in = admin
/staff/orders/flags/{flag=flag} | POST | in = admin
/staff/orders/{order=order} | GET | in = admin
/staff/orders/{order=order}/resolve | POST | in = admin

# … for programs
!/api/v1/inquiries | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/inquiries | GET | sign-in = signed in; in = key key_view other_key key_orders key_buy
!/api/v1/inquiries/{inquiry=inquiry} | GET | sign-in = signed in; in = key_buy
!/api/v1/inquiries/{inquiry=inquiry}/close | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/inquiries/{inquiry=inquiry}/{recipient=recipient}/accept | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/inquiries/{inquiry=inquiry}/{recipient=recipient}/decline | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/inquiries/{inquiry=inquiry}/{recipient=recipient}/messages | POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/inquiries/{inquiry=recipient}/decline | POST | sign-in = signed in; 403 = key key_view key_buy; in = key_orders
!/api/v1/inquiries/{inquiry=recipient}/quote | PUT | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/inquiries/{inquiry=recipient}/quote/withdraw | POST | sign-in = signed in; 403 = key key_view key_buy; in = key_orders
!/api/v1/orders | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/orders | GET | sign-in = signed in; in = key key_view other_key key_orders key_buy
!/api/v1/orders/verdict | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/orders/{order=order} | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/orders/{order=order}/arrival | POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/orders/{order=order}/closing | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/orders/{order=order}/declaration | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/orders/{order=order}/documents | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/orders/{order=order}/documents/{document=paper}/{file=pdf-en} | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/orders/{order=order}/hand-over | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/orders/{order=order}/invoice | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/orders/{order=order}/offer | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/orders/{order=order}/packing | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/orders/{order=order}/proforma | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/orders/{order=order}/shipment | GET | sign-in = signed in
!/api/v1/orders/{order=order}/steps | POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/notifications | GET | in = signed in; in = key other_key key_view key_orders key_buy
!/api/v1/notifications/read | POST | in = signed in; in = key other_key key_view key_orders key_buy
!/api/v1/webhooks | GET POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/webhooks/{hook=hook} | DELETE GET PATCH | sign-in = signed in; 403 = key key_view; in = key_orders
!/api/v1/webhooks/{hook=hook}/deliveries | GET | sign-in = signed in; 403 = key key_view; in = key_orders
!/api/v1/webhooks/{hook=hook}/deliveries/{delivery=delivery}/redeliver | POST | sign-in = signed in; 403 = key key_view; in = key_orders
!/api/v1/webhooks/{hook=hook}/ping | POST | sign-in = signed in; 403 = key key_view; in = key_orders
!/api/v1/webhooks/{hook=hook}/secret | POST | sign-in = signed in; 403 = key key_view; in = key_orders
"""
