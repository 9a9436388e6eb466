"""Who may go through which door of the request board, its alerts and suggestions. How to read it: doors.expected."""

TABLE = """
# The board, and what opens by a link alone
!/alerts/stop/{token=stop} | GET POST | public
!/outcome/{token=outcome} | GET | public
/alerts/feed/{name=feed} | GET | public
/alerts/stop/{token=stop} | GET POST | public
/outcome/{token=outcome} | GET POST | public
/requests | GET | public
/requests.atom | GET | public
/requests/new | GET | 403 = nobody stranger owner editor order_desk viewer importer_viewer former_post association other_association admin; in = other_importer importer_owner buyer post other_post
/requests/{address_name=request_address} | GET | public
/requests/{public_id=request}/files/{file=drawing} | GET | in = stranger owner editor order_desk viewer importer_owner buyer importer_viewer post admin

# Alerts
/alerts | GET | in = stranger owner editor order_desk viewer post other_post association other_association admin
/alerts/new | GET POST | in = stranger owner editor order_desk viewer post other_post association other_association admin
/alerts/suggested | POST | in = stranger owner editor order_desk viewer post other_post association other_association admin
/alerts/{alert=alert} | GET | in = owner
/alerts/{alert=alert}/deliveries | GET | in = owner
/alerts/{alert=alert}/edit | GET POST | in = owner
/alerts/{alert=alert}/end | POST | in = owner
/alerts/{alert=alert}/feed | POST | in = owner

# Desks of firms
/desk/{org=exporter}/board | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/board/{wanted=request} | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/board/{wanted=request}/answer | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/board/{wanted=request}/answer | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/inquiries/{inquiry=wanted}/{recipient=answer}/irrelevant | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=germany}/inquiries/{inquiry=wanted}/{recipient=answer}/irrelevant | POST | 403 = post
/desk/{org=importer}/inquiries/{inquiry=wanted}/{recipient=answer}/relevant | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=germany}/inquiries/{inquiry=wanted}/{recipient=answer}/relevant | POST | 403 = post
/desk/{org=exporter}/matching | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/matching | POST | in = owner; 403 = editor order_desk viewer
/desk/{org=importer}/requests | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/requests.csv | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/requests/new | GET POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/requests/{public_id=request} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/requests/{public_id=request}/discard | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/requests/{public_id=request}/edit | GET POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/requests/{public_id=request}/files/{file=drawing} | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/requests/{public_id=request}/invite | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/requests/{public_id=request}/submit | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/requests/{public_id=request}/suggested | GET | in = importer_owner buyer importer_viewer
/desk/{org=importer}/requests/{public_id=request}/take-back | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/requests/{public_id=request}/withdraw | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=importer}/suggested | GET | in = importer_owner buyer importer_viewer

# Staff
/staff/alerts | GET | in = admin
/staff/requests | GET | in = post other_post association other_association admin
/staff/requests.csv | GET | in = post other_post association other_association admin
/staff/requests/buyers/{id=importer_id}/invite | POST | in = post
/staff/requests/country | GET | in = post other_post admin
/staff/requests/import | GET POST | in = post other_post admin
/staff/requests/import/commit | POST | in = post other_post admin
/staff/requests/import/mappings/{name=no-such-import} | GET |
/staff/requests/import/template | GET | in = post other_post admin
/staff/requests/import/{id=no-such-import} | GET |
/staff/requests/import/{id=no-such-import}/report.csv | GET |
/staff/requests/new | GET | in = post other_post
/staff/requests/new | POST |
/staff/requests/new/buyer | GET POST | in = post other_post
/staff/requests/{id=request} | GET | in = post admin
/staff/requests/{id=request}/edit | GET POST | in = post admin
/staff/requests/{id=request}/invite | POST | in = post admin
/staff/requests/{id=request}/suggested | GET | in = post admin
/staff/requests/{id=request}/files/{file=drawing} | GET | in = post admin
/staff/requests/{id=request}/{step=publish} | POST | in = post admin

# Programs
!/api/v1/alerts | GET | sign-in = signed in; in = key key_view other_key key_orders; 403 = key_buy
!/api/v1/alerts | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/alerts/{alert=alert} | DELETE PATCH | sign-in = signed in; 403 = key key_view key_buy; in = key_orders
!/api/v1/alerts/{alert=alert} | GET | sign-in = signed in; in = key key_view key_orders; 403 = key_buy
!/api/v1/alerts/{alert=alert}/deliveries | GET | sign-in = signed in; in = key key_view key_orders; 403 = key_buy
!/api/v1/inquiries/{inquiry=wanted}/{recipient=answer}/irrelevant | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/inquiries/{inquiry=wanted}/{recipient=answer}/relevant | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/matches | GET | sign-in = signed in; in = key key_view other_key key_orders key_buy
!/api/v1/own-requests | GET | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/own-requests/{public_id=request} | GET | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/requests | GET | public
!/api/v1/requests | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/requests/{id=request}/invitations | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/requests/{public_id=request} | GET | public
!/api/v1/requests/{public_id=request} | PUT | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/requests/{public_id=request}/answers | POST | sign-in = signed in; 403 = key key_view key_buy; in = other_key key_orders
!/api/v1/requests/{public_id=request}/files/{file=drawing} | GET | 404 = anonymous; in = stranger owner editor order_desk viewer importer_owner buyer importer_viewer post admin key key_view other_key key_orders key_buy
!/api/v1/requests/{public_id=request}/submit | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/requests/{public_id=request}/take-back | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
!/api/v1/requests/{public_id=request}/withdraw | POST | sign-in = signed in; 403 = key key_view other_key key_orders; in = key_buy
"""
